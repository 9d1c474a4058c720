/**
 * What the peer that connected says once it was sent `1`: what it wants, or brings.
 * Source: opennap, napster.txt section 4; mldonkey, docs/slavanap.txt section 5.3; fixtures.
 *
 *   GET <nick> SP "path" SP offset            no space behind GET; wants a file
 *   SEND <nick> SP "path" SP size             the same; brings one, asked for through the server
 *   GETLIST [LF]                              wants the list of shared files
 *   SENDLIST [SP nick] LF                     brings it; TekNap also answers GETLIST with it, without a nick
 *
 * Nothing ends the first three: the number is over when the other side answers. So a message is all
 * that was said until then.
 */
import { bytesOf } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

/** Texts hold one character per byte. */
export type Ask =
  | {
      readonly type: 'get' | 'send'
      readonly nick: string
      readonly path: string
      /** The offset of GET, the size of SEND, as digits: some clients say -1, some lead with zeros. */
      readonly number: string
    }
  | { readonly type: 'get-list'; readonly end: string }
  | { readonly type: 'send-list'; readonly nick: string; readonly end: string }

/** `1`: what the one who was called says before. */
export const HAIL = 0x31
/** A nick of 64, a path of 1,024 and what stands around them; programs cut paths far below. */
export const ASK_BYTES_MAX = 1200
const FAULTS = ['ask-too-long', 'ask-unknown'] as const

const FILE = /^(GET|SEND)([!#-~\x80-\xff]{1,64}) "([^\0\r\n]{1,1024})" (-?\d{1,10})/
const LIST = /^GETLIST(\r?\n?)$/
const SEND_LIST = /^SENDLIST(?: ([!-~\x80-\xff]{0,64}))?(\r?\n)$/

function parse(bytes: Uint8Array, at: number): Outcome<Ask> {
  const size = bytes.length - at
  if (size > ASK_BYTES_MAX) return malformed('ask-too-long', at)
  const text = latin1(bytes, at)
  const file = FILE.exec(text)
  if (file !== null && file[0].length === size) return message(fileAsk(file), size)
  const list = LIST.exec(text)
  if (list !== null) return message({ type: 'get-list', end: list[1]! }, size)
  const sent = SEND_LIST.exec(text)
  if (sent === null) return malformed('ask-unknown', at)
  return message({ type: 'send-list', nick: sent[1] ?? '', end: sent[2]! }, size)
}

function fileAsk(match: RegExpExecArray): Ask {
  const type = match[1] === 'GET' ? 'get' : 'send'
  return { type, nick: match[2]!, path: match[3]!, number: match[4]! }
}

/** A GET or SEND at the start of what may go on behind it, as the data of SEND does. */
export function fileAskAt(bytes: Uint8Array): { ask: Ask; size: number } | undefined {
  const match = FILE.exec(latin1(bytes, 0, ASK_BYTES_MAX))
  return match === null ? undefined : { ask: fileAsk(match), size: match[0].length }
}

const BEGUN = /^(GET|SEND)([!#-~\x80-\xff]{1,64}) "/

/** What is whole of a GET or SEND that the capture cut within its path. */
export function cutAskOf(bytes: Uint8Array): { type: 'get' | 'send'; nick: string } | undefined {
  const match = BEGUN.exec(latin1(bytes, 0, ASK_BYTES_MAX))
  return match === null ? undefined : { type: match[1] === 'GET' ? 'get' : 'send', nick: match[2]! }
}

function emit(ask: Ask): Uint8Array {
  switch (ask.type) {
    case 'get':
    case 'send':
      return bytesOf(`${ask.type.toUpperCase()}${ask.nick} "${ask.path}" ${ask.number}`)
    case 'get-list':
      return bytesOf(`GETLIST${ask.end}`)
    case 'send-list':
      return bytesOf(`SENDLIST${ask.nick === '' ? '' : ` ${ask.nick}`}${ask.end}`)
  }
}

export const askWire: Wire<Ask> = {
  name: 'opennap/ask',
  source: 'opennap, napster.txt section 4; mldonkey, docs/slavanap.txt section 5',
  carrier: 'datagram',
  messageBytesMax: ASK_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
