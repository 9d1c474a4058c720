/**
 * How many addresses a Bloom filter of BEP 33 holds: 2,048 bits, two set for each address.
 * Source: BEP 33 "estimating the size", with its vector.
 */

const FILTER_BYTES = 256
const FILTER_BITS = 8 * FILTER_BYTES

/** Set bits of each byte. */
const ONES = Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

/** Undefined where the filter has another size or every bit set: then it says nothing. */
export function bloomEstimate(filter: Uint8Array): number | undefined {
  if (filter.length !== FILTER_BYTES) return undefined
  let zeros = FILTER_BITS
  for (const byte of filter) zeros -= ONES[byte]!
  if (zeros === 0) return undefined
  if (zeros === FILTER_BITS) return 0
  return Math.log(zeros / FILTER_BITS) / (2 * Math.log(1 - 1 / FILTER_BITS))
}
