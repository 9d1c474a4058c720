/**
 * A client at a dark address, or what somebody takes for a server there. Who calls a client waits for
 * its `1`, so that is said unasked where clients listen; then he names the file, in his own words.
 *
 *     called   1                            what follows is one of
 *     caller   GETnick "path" offset   →   ←   FILE NOT SHARED
 *              SENDnick "path" size    →       heard; the connection ends
 *              GETLIST                 →   ←   a line's end: a list of nothing
 *     caller   login                   →   ←   error: a server that takes nobody
 *
 * Source: opennap, napster.txt section 4; fixtures/download.pcap.
 */
import { bytesOf } from '../../core/bytes.ts'
import type { Answer, Responder } from '../../core/responder.ts'
import { frame, readFrame } from './peer-node.ts'
import { ASK_BYTES_MAX, askWire, fileAskAt } from './wire/ask.ts'

const NOT_SHARED = bytesOf('FILE NOT SHARED')
const EMPTY_LIST = bytesOf('\n')
const ERROR = 0
const FULL = frame(ERROR, 'server is full')
/** `GET`, `SEND`: no frame is as long as these letters would say. */
const LETTERS = new Set(bytesOf('GS'))

const QUIET: Answer = { used: 0, send: [], done: false }

export function makeResponder(): Responder {
  return { data: (bytes) => (LETTERS.has(bytes[0]!) ? asked(bytes) : loggedIn(bytes)) }
}

function asked(bytes: Uint8Array): Answer {
  const file = fileAskAt(bytes)
  if (file !== undefined) {
    const send = file.ask.type === 'get' ? [NOT_SHARED] : []
    return { used: file.size, send, done: true }
  }
  const outcome = askWire.parse(bytes, 0)
  if (outcome.kind === 'message') {
    const send = outcome.message.type === 'get-list' ? [EMPTY_LIST] : []
    return { used: outcome.size, send, done: true }
  }
  if (bytes.length < ASK_BYTES_MAX) return QUIET
  return { used: bytes.length, send: [], done: true }
}

function loggedIn(bytes: Uint8Array): Answer {
  const used = readFrame(bytes, () => {})
  if (used === 0) return QUIET
  if (used === 'broken') return { used: bytes.length, send: [], done: true }
  return { used, send: [FULL], done: true }
}
