/** HTTP between nodes: downloads by path, and uploads that were asked for (PUSH). */

import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { stepsOut } from '../formats/file-path.ts'
import { type HttpHead, header, percentDecoded, textOf } from '../formats/http-head.ts'
import {
  type HttpBody,
  HttpExchange,
  type HttpHandler,
  type HttpMessage,
} from '../formats/http-stream.ts'
import { type Fields, other, Teller } from './teller.ts'

/** Bytes of one content that one side sent. */
interface Moved {
  readonly content: string | undefined
  readonly name: string
  bytes: number
}

export class TransferSession implements Session, HttpHandler {
  need = 0
  lost = false
  readonly #teller: Teller
  readonly #http: HttpExchange
  readonly #moved: readonly [Map<string, Moved>, Map<string, Moved>] = [new Map(), new Map()]

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
    this.#http = new HttpExchange(this, flow.fromStart)
  }

  get messages(): number {
    return this.#http.messages
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    const used = this.#http.data(from, bytes, at)
    this.need = this.#http.need
    return used
  }

  gap(from: Side, missing: number, at: Moment): void {
    this.#http.gap(from, missing, at)
  }

  end(at: Moment): void {
    this.#http.end(at)
    for (const from of [0, 1] as const) {
      for (const { content, name, bytes } of this.#moved[from].values()) {
        this.#teller.out.say({
          type: 'transfer',
          from: this.#teller.who(from),
          to: this.#teller.who(other(from)),
          ...(content !== undefined && { content }),
          ...(name !== '' && { name }),
          bytes,
          via: 'http',
        })
      }
    }
  }

  // --- HttpHandler -------------------------------------------------------------------------------

  head({ side, head, request, status, asked }: HttpMessage): number {
    const content = contentOf(head)
    const what: Fields =
      request === undefined
        ? { status: status!.code, reason: textOf(status!.reason) }
        : { method: request.method, target: textOf(request.target) }
    this.#teller.log(side, request === undefined ? 'response' : 'request', {
      http: { ...what, ...(content !== undefined && { content }), headers: headerFields(head) },
    })
    const nick = header(head, 'x-openftalias')
    if (nick !== undefined) this.#teller.client({ who: this.#teller.who(side), nick: textOf(nick) })
    if (request !== undefined) this.#asked(side, request.method, request.target)
    else if (status!.code < 300) this.#offered(side, head, asked)
    return 0
  }

  #asked(side: Side, method: string, target: string): void {
    const by = this.#teller.who(side)
    const of = this.#teller.who(other(side))
    if (method === 'GET') this.#teller.out.say({ type: 'request', by, of, what: 'download' })
    if (!stepsOut(percentDecoded(target))) return
    this.#teller.out.say({
      type: 'threat',
      threat: 'path-traversal',
      severity: 'medium',
      by,
      why: `asks for a path that leaves the shared folder: ${textOf(target).slice(0, 200)}`,
    })
  }

  #offered(side: Side, head: HttpHead, asked: HttpMessage | undefined): void {
    const content = contentOf(head)
    if (content === undefined) return
    const name = nameOf(asked)
    const range = /\/(\d{1,15})\s*$/.exec(header(head, 'content-range') ?? '')
    this.#teller.out.say({
      type: 'share',
      by: this.#teller.who(side),
      content,
      via: 'http',
      ...(name !== '' && { name }),
      ...(range !== null && { size: Number(range[1]) }),
    })
  }

  body({ side, head, status, asked }: HttpMessage, { size }: HttpBody): void {
    if (size === 0 || status === undefined || status.code >= 300) return
    const content = contentOf(head)
    const name = nameOf(asked)
    const moved = this.#moved[side]
    const known = moved.get(content ?? name)
    if (known !== undefined) known.bytes += size
    else if (moved.size < limits.listedMax)
      moved.set(content ?? name, { content, name, bytes: size })
  }

  fault(fault: string, side: Side, offset: number): void {
    this.#teller.fault('openft/http', fault, side, offset, true)
  }
}

function contentOf(head: HttpHead): string | undefined {
  const md5 = header(head, 'content-md5') ?? ''
  return /^[0-9a-f]{32}$/i.test(md5) ? `urn:md5:${md5.toLowerCase()}` : undefined
}

function nameOf(asked: HttpMessage | undefined): string {
  const path = percentDecoded(asked?.request?.target.split('?')[0] ?? '')
  return textOf(path.slice(path.lastIndexOf('/') + 1))
}

/** Headers by lower-case name; values of what occurs twice are joined. */
function headerFields(head: HttpHead): Fields {
  const fields = new Map<string, string>()
  for (const [name, value] of head.headers) {
    const key = textOf(name.toLowerCase())
    const before = fields.get(key)
    const said = textOf(value)
    if (name !== '') fields.set(key, before === undefined ? said : `${before}, ${said}`)
  }
  return Object.fromEntries(fields)
}
