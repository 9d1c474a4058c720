/** A browser at a node's web gate: which keys are asked for, and what came. */
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { header, textOf } from '../formats/http-head.ts'
import {
  type HttpBody,
  HttpExchange,
  type HttpHandler,
  type HttpMessage,
} from '../formats/http-stream.ts'
import { fileNameIn, type Key, keyIn } from './keys.ts'

export class FproxySession implements Session, HttpHandler {
  need = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #http: HttpExchange
  /** Bytes by key. */
  readonly #moved = new Map<string, { readonly name: string; bytes: number }>()

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
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
    const [to, from] = this.#flow.ends
    for (const [content, { name, bytes }] of this.#moved) {
      const named = name === '' ? {} : { name }
      this.#out.say({ type: 'transfer', from, to, content, ...named, bytes, via: 'fproxy' })
    }
  }

  head({ side, head, request, status, asked }: HttpMessage): number {
    const key = keyOf(request === undefined ? asked : { request })
    const type = request === undefined ? 'response' : 'request'
    const fields: Record<string, Json> = { type }
    if (request !== undefined) fields.target = textOf(request.target).slice(0, 2048)
    else fields.status = status!.code
    if (key !== undefined) fields.key = textOf(key.text)
    this.#out.say({ type: 'message', log: 'freenet_fproxy', name: type, side, fields })
    if (key === undefined) return 0
    const content = textOf(key.urn)
    const name = textOf(fileNameIn((request ?? asked?.request)?.target ?? ''))
    const named = name === '' ? {} : { name }
    const by = this.#flow.ends[side]
    const of = this.#flow.ends[side === 0 ? 1 : 0]
    if (request !== undefined) {
      this.#out.say({ type: 'request', by, of, what: 'fproxy', content, ...named })
    } else if (status!.code === 200) {
      const length = header(head, 'content-length') ?? ''
      const size = /^\d{1,15}$/.test(length) ? { size: Number(length) } : {}
      this.#out.say({ type: 'share', by, content, via: 'fproxy', ...named, ...size })
    }
    return 0
  }

  body({ status, asked }: HttpMessage, { size }: HttpBody): void {
    const key = keyOf(asked)
    if (status?.code !== 200 || key === undefined || size === 0) return
    const content = textOf(key.urn)
    const moved = this.#moved.get(content)
    if (moved !== undefined) moved.bytes += size
    else if (this.#moved.size < limits.listedMax) {
      const name = textOf(fileNameIn(asked?.request?.target ?? ''))
      this.#moved.set(content, { name, bytes: size })
    }
  }

  fault(fault: string, side: Side, at: number): void {
    const wire = 'freenet/http'
    this.#out.say({ type: 'fault', wire, fault, side, at, resumes: true })
  }
}

function keyOf(asked: Pick<HttpMessage, 'request'> | undefined): Key | undefined {
  return keyIn(asked?.request?.target ?? '')
}
