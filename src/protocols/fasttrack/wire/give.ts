/**
 * The line with which an uploader that cannot be reached calls back: it connects, says which push
 * request it answers, and then serves HTTP on the connection that it opened.
 * Source: giFT-FastTrack PROTOCOL, "Transfers"; src/fst_http_server.c.
 *
 *   "GIVE " | push id, decimal, at most 4294967295 | CRLF
 */
import { bytesOf, hasAt } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface Give {
  readonly pushId: number
}

export const GIVE = bytesOf('GIVE ')
const PUSH_ID_MAX = 0xffff_ffff
const GIVE_BYTES_MAX = GIVE.length + 10 + 2
const FAULTS = ['not-give', 'push-id-bad'] as const

function parse(bytes: Uint8Array, at: number): Outcome<Give> {
  const have = bytes.length - at
  const begun = Math.min(have, GIVE.length)
  if (!hasAt(bytes, at, GIVE.subarray(0, begun))) return malformed('not-give', at)
  const line = latin1(bytes, at + GIVE.length, GIVE_BYTES_MAX - GIVE.length)
  const whole = /^(0|[1-9]\d{0,9})\r\n/.exec(line)
  if (whole === null) {
    const open = /^(?:0|[1-9]\d{0,9})?\r?$/.test(line)
    return open && line !== '\r' ? need(have + 1) : malformed('push-id-bad', at + begun)
  }
  const pushId = Number(whole[1])
  if (pushId > PUSH_ID_MAX) return malformed('push-id-bad', at + GIVE.length)
  return message({ pushId }, GIVE.length + whole[0].length)
}

export const giveWire: Wire<Give> = {
  name: 'fasttrack/give',
  source: 'giFT-FastTrack PROTOCOL, Transfers',
  carrier: 'stream',
  messageBytesMax: GIVE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit: ({ pushId }) => bytesOf(`GIVE ${pushId}\r\n`),
}
