/**
 * HTTP between nodes: downloads by hash or by name, calls of uploaders that cannot be reached
 * (GIVE), and lists of shared files.
 */

import { hasAt } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out } from '../../core/protocol.ts'
import { leavesFolder } from '../formats/file-path.ts'
import { headerLists, headersByName, headersOf, textOf, wholeSize } from '../formats/http-head.ts'
import { HttpSession } from '../formats/http-session.ts'
import type { HttpBody, HttpMessage } from '../formats/http-stream.ts'
import { type Challenge, FilesProof } from './files-proof.ts'
import { networkOf, tellHead } from './heads.ts'
import { type Asked, askedFor } from './request.ts'
import { factsOf, headerFacts } from './tags.ts'
import { Teller } from './teller.ts'
import { GIVE, giveWire } from './wire/give.ts'
import { sharedFileWire } from './wire/shared-file.ts'

/** Of a list of shared files: about 10,000 files. */
const LIST_BYTES_MAX = 2_097_152

export class TransferSession extends HttpSession {
  readonly #teller: Teller
  readonly #proof: FilesProof
  readonly #begun: [boolean, boolean]
  #gives = 0

  constructor(flow: FlowFacts, out: Out) {
    super('fasttrack/http', flow, out)
    this.#teller = new Teller(flow, out)
    this.#proof = new FilesProof((side, challenge) => this.#challenged(side, challenge))
    this.#begun = [!flow.fromStart, !flow.fromStart]
  }

  override get messages(): number {
    return super.messages + this.#gives
  }

  override data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (!this.#begun[from]) {
      const line = this.#give(from, bytes)
      if (line !== undefined) return line
      this.#begun[from] = true
    }
    const used = this.#proof.data(from, bytes)
    this.need = this.#proof.need
    if (used !== undefined) {
      this.http.skip(from, used)
      return used
    }
    return super.data(from, bytes, at)
  }

  /** @returns bytes used, or undefined where the side begins with something else */
  #give(from: Side, bytes: Uint8Array): number | undefined {
    this.need = 0
    if (!hasAt(bytes, 0, GIVE.subarray(0, Math.min(bytes.length, GIVE.length)))) return undefined
    const outcome = giveWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.#begun[from] = true
    if (outcome.kind === 'malformed') {
      this.#teller.fault(giveWire.name, outcome.fault, from, outcome.at, true)
      return undefined
    }
    this.#gives++
    this.#teller.log(from, 'give', { push_id: outcome.message.pushId })
    this.http.skip(from, outcome.size)
    return outcome.size
  }

  #challenged(side: Side, { encryption, challenge }: Challenge): void {
    this.#teller.log(side, 'files-challenge', { encryption, challenge })
  }

  override gap(from: Side, missing: number, at: Moment): void {
    this.#begun[from] = true
    this.#proof.giveUp()
    super.gap(from, missing, at)
  }

  override head(message: HttpMessage): number {
    if (message.request !== undefined) {
      this.#request(message)
      return 0
    }
    return this.#response(message)
  }

  override body(message: HttpMessage, body: HttpBody): void {
    if (message.status === undefined || body.size === 0 || !isSuccess(message)) return
    if (askedOf(message).purpose === 'files') this.#list(message.side, body)
    else this.#downloaded(message, body)
  }

  // --- What was asked, and answered --------------------------------------------------------------

  #request({ side, head, request }: HttpMessage): void {
    const { method, target } = request!
    const asked = askedFor(target)
    const { purpose, content, checksum, name } = asked
    this.#teller.log(side, 'request', {
      ...networkOf(head),
      http: {
        method,
        target: textOf(target),
        purpose,
        ...(content !== undefined && { content }),
        ...(checksum !== undefined && { checksum }),
        ...(name !== undefined && { name }),
        headers: headersByName(head),
      },
    })
    tellHead(this.#teller, side, head)
    if (purpose === 'files') this.#proof.asked(side)
    if (purpose === 'other' || purpose === 'special') return
    this.#teller.out.say({
      type: 'request',
      by: this.#teller.who(side),
      of: this.#teller.who(other(side)),
      what: purpose,
      ...(content !== undefined && { content }),
    })
    if (name !== undefined && leavesFolder(name)) this.tellAskedOutside(side, target)
  }

  #response(message: HttpMessage): number {
    const { side, head, status } = message
    const { content, name, tags } = subjectOf(message)
    const size = wholeSize(head)
    this.#teller.log(side, 'response', {
      ...networkOf(head),
      http: {
        status: status!.code,
        reason: textOf(status!.reason),
        ...(content !== undefined && { content }),
        ...(name !== undefined && { name }),
        ...(size !== undefined && { size }),
        ...(Object.keys(tags).length > 0 && { tags }),
        headers: headersByName(head),
      },
    })
    tellHead(this.#teller, side, head)
    if (!isSuccess(message)) return 0
    if (askedOf(message).purpose === 'files') return LIST_BYTES_MAX
    if (content !== undefined) {
      this.#teller.out.say({
        type: 'share',
        by: this.#teller.who(side),
        content,
        via: 'http',
        ...(name !== undefined && { name }),
        ...(size !== undefined && { size }),
      })
    }
    return 0
  }

  #downloaded(message: HttpMessage, body: HttpBody): void {
    const { side, head } = message
    if (headerLists(head, 'content-type', 'text/html')) return
    const { content, name } = subjectOf(message)
    this.moved(side, body.size, {
      ...(content !== undefined && { content }),
      ...(name !== undefined && { name }),
      via: 'http',
    })
  }

  /** A list of shared files; what was not captured of it is told of by its count only. */
  #list(side: Side, { bytes }: HttpBody): void {
    let at = 0
    let count = 0
    while (at < bytes.length) {
      const outcome = sharedFileWire.parse(bytes, at)
      if (outcome.kind !== 'message') {
        const fault = outcome.kind === 'need' ? 'list-cut' : outcome.fault
        this.#teller.fault(sharedFileWire.name, fault, side, at, false)
        break
      }
      at += outcome.size
      count++
      if (count > limits.listedMax) continue
      const { content, name, size } = factsOf(outcome.message)
      this.#teller.out.say({
        type: 'share',
        by: this.#teller.who(side),
        content: content!,
        via: 'files',
        ...(name !== undefined && { name }),
        ...(size !== undefined && { size }),
      })
    }
    this.#teller.log(side, 'files', { count })
  }
}

const NOTHING: Asked = { purpose: 'other' }

function askedOf(message: HttpMessage): Asked {
  const request = message.request ?? message.asked?.request
  return request === undefined ? NOTHING : askedFor(request.target)
}

/** The file that a response is about: what was asked for, and what its tags say. */
function subjectOf(message: HttpMessage): ReturnType<typeof headerFacts> {
  const asked = askedOf(message)
  const told = headerFacts(headersOf(message.head, 'x-kazaatag'))
  const content = asked.content ?? told.content
  const name = asked.name ?? told.name
  return {
    ...(content !== undefined && { content }),
    ...(name !== undefined && { name }),
    tags: told.tags,
  }
}

function isSuccess({ status }: HttpMessage): boolean {
  return status!.code === 200 || status!.code === 206
}
