/**
 * How a connection between a node and a supernode begins: cipher seeds in the clear, then nothing
 * that can be read without the cipher.
 * Source: giFT-FastTrack PROTOCOL, "Session establishment"; src/fst_session.c; MLDonkey
 * src/networks/fasttrack/fasttrackServers.ml.
 *
 *   opener   random u32be | cipher seed u32be | cipher type, masked u32be      12 bytes
 *   other    cipher seed u32be | cipher type, masked u32be                      8 bytes
 *
 * `random` is no free choice: supernodes refused most others than the one giFT and MLDonkey always
 * send, `fa00b62b`; which ones Kazaa sends was never found out. Both also send one seed,
 * `facb1238`.
 */
import { ByteWriter, fromHex, hasAt, u32be } from '../../../core/bytes.ts'
import { message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export interface Hello {
  readonly random: number
  readonly seed: number
  readonly maskedType: number
}

export interface Answer {
  readonly seed: number
  readonly maskedType: number
}

export const HELLO_BYTES = 12
export const ANSWER_BYTES = 8
/** What giFT-FastTrack and MLDonkey begin with. */
export const GIFT_RANDOM = fromHex('fa00b62b')
const GIFT_SEED = fromHex('facb1238')

export function hasGiftSeed(bytes: Uint8Array): boolean {
  return hasAt(bytes, 4, GIFT_SEED)
}

const SOURCE = 'giFT-FastTrack PROTOCOL, Session establishment'

export const helloWire: Wire<Hello> = {
  name: 'fasttrack/hello',
  source: SOURCE,
  carrier: 'stream',
  messageBytesMax: HELLO_BYTES,
  faults: [],
  parse(bytes: Uint8Array, at: number): Outcome<Hello> {
    if (bytes.length - at < HELLO_BYTES) return need(HELLO_BYTES)
    const random = u32be(bytes, at)
    const said = { random, seed: u32be(bytes, at + 4), maskedType: u32be(bytes, at + 8) }
    return message(said, HELLO_BYTES)
  },
  emit({ random, seed, maskedType }: Hello): Uint8Array {
    return new ByteWriter().u32be(random).u32be(seed).u32be(maskedType).finish()
  },
}

export const answerWire: Wire<Answer> = {
  name: 'fasttrack/answer',
  source: SOURCE,
  carrier: 'stream',
  messageBytesMax: ANSWER_BYTES,
  faults: [],
  parse(bytes: Uint8Array, at: number): Outcome<Answer> {
    if (bytes.length - at < ANSWER_BYTES) return need(ANSWER_BYTES)
    return message({ seed: u32be(bytes, at), maskedType: u32be(bytes, at + 4) }, ANSWER_BYTES)
  },
  emit({ seed, maskedType }: Answer): Uint8Array {
    return new ByteWriter().u32be(seed).u32be(maskedType).finish()
  },
}
