/**
 * A user at a dark address: hears who calls and what for, and lets nobody queue.
 *
 *     caller   peer-init (user, kind)       →
 *              queue-upload file            →   ←   upload-denied file
 *              transfer-request token file  →   ←   transfer-response token, not allowed
 *
 * Lists of files are neither asked for nor sent. Source: nicotine-plus doc/SLSKPROTOCOL.md.
 */
import { bytesOf } from '../../core/bytes.ts'
import type { Answer, Responder } from '../../core/responder.ts'
import { initWire, peerWire, type SoulseekMessage } from './wire/message.ts'

const NONE = new Uint8Array(0)
const TRANSFER_RESPONSE = 41
const UPLOAD_DENIED = 50
/** As the client says it whose source this is. */
const REASON = bytesOf('File not shared.')
/** What is passed over at once; longer messages are lists, which nobody here was asked for. */
const MESSAGE_BYTES_MAX = 65_536
const QUIET: Answer = { used: 0, send: [], done: false }

export function makeResponder(): Responder {
  let isMet = false
  return {
    data(bytes): Answer {
      const outcome = (isMet ? peerWire : initWire).parse(bytes, 0)
      if (outcome.kind === 'need' && outcome.size <= MESSAGE_BYTES_MAX) return QUIET
      if (outcome.kind !== 'message') return { used: bytes.length, send: [], done: true }
      const answer = isMet ? answerTo(outcome.message) : undefined
      isMet = true
      return { used: outcome.size, send: answer === undefined ? [] : [answer], done: false }
    },
  }
}

function answerTo({ name, row }: SoulseekMessage): Uint8Array | undefined {
  switch (name) {
    case 'queue-upload': {
      const denied = { file: row.file!, reason: REASON }
      return peerWire.emit({ code: UPLOAD_DENIED, name: 'upload-denied', row: denied, rest: NONE })
    }
    case 'transfer-request': {
      const refused = { token: row.token!, allowed: 0, more: reasonBytes() }
      const response = { code: TRANSFER_RESPONSE, name: 'transfer-response', row: refused }
      return peerWire.emit({ ...response, rest: NONE })
    }
    default:
      return undefined
  }
}

/** A length of 32 bits, the least significant byte first, and the words. */
function reasonBytes(): Uint8Array {
  return Uint8Array.of(REASON.length, 0, 0, 0, ...REASON)
}
