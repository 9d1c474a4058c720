/** A host's shared files, told as query hits in an HTTP body. */
import { limits } from '../../core/limits.ts'
import { header } from '../formats/http-head.ts'
import type { HttpBody, HttpMessage } from '../formats/http-stream.ts'
import { tellG2 } from './g2-said.ts'
import { tellMessage } from './messages.ts'
import type { Teller } from './teller.ts'
import { g2Wire, parseG2 } from './wire/g2-packet.ts'
import { messageWire, parseMessage } from './wire/message.ts'

export function tellBrowse(teller: Teller, message: HttpMessage, body: HttpBody): void {
  const type = (header(message.head, 'content-type') ?? '').toLowerCase()
  if (type.startsWith('application/x-gnutella-packets')) tellMessages(teller, message, body)
  else if (type.startsWith('application/x-gnutella2')) tellPackets(teller, message, body)
}

function tellMessages(teller: Teller, { side }: HttpMessage, { bytes, whole }: HttpBody): void {
  let at = 0
  for (let count = 0; at < bytes.length && count < limits.listedMax; count++) {
    const outcome = parseMessage(bytes, at)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed' || whole) {
        const fault = outcome.kind === 'malformed' ? outcome.fault : 'browse-cut'
        teller.fault(messageWire.name, fault, side, at, false)
      }
      return
    }
    tellMessage(teller, side, outcome.message, 'browse-host')
    at += outcome.size
  }
}

function tellPackets(teller: Teller, { side }: HttpMessage, { bytes, whole }: HttpBody): void {
  let at = 0
  for (let count = 0; at < bytes.length && count < limits.listedMax; count++) {
    if (bytes[at] === 0) {
      at++
      continue
    }
    const outcome = parseG2(bytes, at)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed' || whole) {
        const fault = outcome.kind === 'malformed' ? outcome.fault : 'browse-cut'
        teller.fault(g2Wire.name, fault, side, at, false)
      }
      return
    }
    tellG2(teller, side, outcome.message)
    at += outcome.size
  }
}
