/**
 * What stands between a request for `/.files` and its answer, and is no HTTP: the other side
 * refuses with two numbers and goes on listening, the asker sends what it computed of them, and
 * only then comes the answer, on the same connection.
 *
 *   answer   "HTTP/1.0 403 Forbidden " | cipher type, decimal | " " | challenge, decimal | CRLF CRLF
 *   asker    response 4 | 00 00
 *
 * Source: giFT-FastTrack PROTOCOL, "Listing shared files"; how the response is computed is not
 * known.
 */
import type { Side } from '../../core/event.ts'
import { latin1 } from '../../core/text.ts'

export interface Challenge {
  readonly encryption: number
  readonly challenge: number
}

const CHALLENGE = /^HTTP\/1\.\d 403 Forbidden (\d{1,10}) (\d{1,10})\r?\n\r?\n/
const START = 'HTTP/1.0 403 Forbidden '
const MINOR_AT = 7
/** Two numbers of ten digits, and what stands around them. */
const CHALLENGE_BYTES_MAX = 64
const RESPONSE_BYTES = 6

/** @returns the challenge at the start of a side, and its size */
export function challengeIn(bytes: Uint8Array): (Challenge & { size: number }) | undefined {
  const match = CHALLENGE.exec(latin1(bytes, 0, CHALLENGE_BYTES_MAX))
  if (match === null) return undefined
  return { encryption: Number(match[1]), challenge: Number(match[2]), size: match[0].length }
}

/** Whether more bytes could make a challenge of it. */
function couldBecome(text: string): boolean {
  if (text.length >= CHALLENGE_BYTES_MAX) return false
  const begun = `${text.slice(0, MINOR_AT)}${text.length > MINOR_AT ? '0' : ''}${text.slice(MINOR_AT + 1)}`
  const head = begun.slice(0, START.length)
  return START.startsWith(head) && /^[\d \r\n]*$/.test(begun.slice(START.length))
}

export class FilesProof {
  need = 0
  readonly #said: (side: Side, challenge: Challenge) => void
  #asker: Side | undefined
  #state: 'none' | 'asked' | 'challenged' = 'none'

  constructor(said: (side: Side, challenge: Challenge) => void) {
    this.#said = said
  }

  asked(side: Side): void {
    this.#asker = side
    this.#state = 'asked'
  }

  giveUp(): void {
    this.#state = 'none'
  }

  /** @returns bytes used, or undefined where they are HTTP */
  data(from: Side, bytes: Uint8Array): number | undefined {
    this.need = 0
    if (this.#state === 'asked' && from !== this.#asker) return this.#challenge(from, bytes)
    if (this.#state === 'challenged' && from === this.#asker) return this.#response(bytes)
    return undefined
  }

  #challenge(from: Side, bytes: Uint8Array): number | undefined {
    const found = challengeIn(bytes)
    if (found !== undefined) {
      this.#state = 'challenged'
      this.#said(from, found)
      return found.size
    }
    if (couldBecome(latin1(bytes, 0, CHALLENGE_BYTES_MAX))) {
      this.need = bytes.length + 1
      return 0
    }
    this.#state = 'none'
    return undefined
  }

  #response(bytes: Uint8Array): number | undefined {
    if (bytes.length < RESPONSE_BYTES) {
      this.need = RESPONSE_BYTES
      return 0
    }
    this.#state = 'none'
    return bytes[4] === 0 && bytes[5] === 0 ? RESPONSE_BYTES : undefined
  }
}
