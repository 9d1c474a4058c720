/** Which addresses may be answered for: nobody else's. */
import { parseIp4 } from '../../core/address.ts'
import { u32be } from '../../core/bytes.ts'
import { readNetwork } from '../../core/expression-values.ts'
import { shown } from '../../core/text.ts'
import { UsageError } from '../exit-codes.ts'

/** Nobody on the Internet has these: RFC 1918, 6598 (carriers' NAT), 2544 (benchmarks), 5737 (documentation). */
const NOBODYS = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '198.18.0.0/15',
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
]
/** Larger than any network that one holder has dark. */
const BITS_MIN = 8

/** A prefix of IPv4. */
export interface DarkPrefix {
  /** `10.99.0.0/16` */
  readonly text: string
  /** Its first address, as a number. */
  readonly network: number
  readonly bits: number
}

/** @throws UsageError where it is none, or may be somebody's */
export function darkPrefix(text: string, isOwned: boolean): DarkPrefix {
  const prefix = prefixOf(text)
  if (prefix === undefined || prefix.bits < BITS_MIN) {
    throw new UsageError(`--dark ${shown(text)}: not a network of IPv4 such as 10.99.0.0/16`)
  }
  if (!isOwned && !NOBODYS.some((known) => holds(prefixOf(known)!, prefix))) {
    throw new UsageError(
      `--dark ${prefix.text} is neither private nor for documentation: whoever answers for others' ` +
        'addresses does harm. If it is yours, and nothing is in it, say --i-own-it',
    )
  }
  return prefix
}

function prefixOf(text: string): DarkPrefix | undefined {
  const read = readNetwork(text)
  const bytes = read && parseIp4(read.ip)
  if (read === undefined || bytes === undefined) return undefined
  return { text: `${read.ip}/${read.bits}`, network: u32be(bytes, 0), bits: read.bits }
}

function holds(outer: DarkPrefix, inner: DarkPrefix): boolean {
  const size = 2 ** (32 - outer.bits)
  return inner.bits >= outer.bits && inner.network - (inner.network % size) === outer.network
}
