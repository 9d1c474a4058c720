/** What interviews have in common, and the one that is over before it began. */
import { bytesOf, concat } from '../../core/bytes.ts'
import type { Interview, Step } from '../../core/crawler.ts'
import { randomFrom } from '../../core/random.ts'

export const SECOND_MICROS = 1_000_000
export const ID_BYTES = 20
const ID_START = bytesOf('-PS0001-')
export const NOTHING: Step = { used: 0, send: [], told: [] }
export const UNANSWERED: Step = { ...NOTHING, done: 'unanswered' }

/** About something that is no content of this protocol. */
export class NobodysInterview implements Interview {
  opened(): Step {
    return UNANSWERED
  }

  tick(): Step {
    return UNANSWERED
  }
}

/** The same bytes for the same number. */
export function chanceBytes(seed: number, count: number): Uint8Array {
  const next = randomFrom(seed)
  return Uint8Array.from({ length: count }, () => next() % 256)
}

/** By which who looks into his logs finds us. */
export function peerIdOf(self: number): Uint8Array {
  return concat(ID_START, chanceBytes(self, ID_BYTES - ID_START.length))
}
