/** HTTP between nodes: downloads by path, and uploads that were asked for (PUSH). */
import type { Side } from '../../core/event.ts'
import { type Fields, other } from '../../core/flow-teller.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { stepsOut } from '../formats/file-path.ts'
import {
  type HttpHead,
  header,
  headersByName,
  percentDecoded,
  rangeTotal,
  textOf,
} from '../formats/http-head.ts'
import { HttpSession } from '../formats/http-session.ts'
import type { HttpBody, HttpMessage } from '../formats/http-stream.ts'
import { Teller } from './teller.ts'

export class TransferSession extends HttpSession {
  readonly #teller: Teller

  constructor(flow: FlowFacts, out: Out) {
    super('openft/http', flow, out)
    this.#teller = new Teller(flow, out)
  }

  override head({ side, head, request, status, asked }: HttpMessage): number {
    const content = contentOf(head)
    const what: Fields =
      request === undefined
        ? { status: status!.code, reason: textOf(status!.reason) }
        : { method: request.method, target: textOf(request.target) }
    this.#teller.log(side, request === undefined ? 'response' : 'request', {
      http: { ...what, ...(content !== undefined && { content }), headers: headersByName(head) },
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
    if (stepsOut(percentDecoded(target))) this.tellAskedOutside(side, target)
  }

  #offered(side: Side, head: HttpHead, asked: HttpMessage | undefined): void {
    const content = contentOf(head)
    if (content === undefined) return
    const name = nameOfAsked(asked)
    const size = rangeTotal(head)
    this.#teller.out.say({
      type: 'share',
      by: this.#teller.who(side),
      content,
      via: 'http',
      ...(name !== '' && { name }),
      ...(size !== undefined && { size }),
    })
  }

  override body({ side, head, status, asked }: HttpMessage, { size }: HttpBody): void {
    if (size === 0 || status === undefined || status.code >= 300) return
    const content = contentOf(head)
    const name = nameOfAsked(asked)
    this.moved(side, size, {
      ...(content !== undefined && { content }),
      ...(name !== '' && { name }),
      via: 'http',
    })
  }
}

function contentOf(head: HttpHead): string | undefined {
  const md5 = header(head, 'content-md5') ?? ''
  return /^[0-9a-f]{32}$/i.test(md5) ? `urn:md5:${md5.toLowerCase()}` : undefined
}

function nameOfAsked(asked: HttpMessage | undefined): string {
  const path = percentDecoded(asked?.request?.target.split('?')[0] ?? '')
  return textOf(path.slice(path.lastIndexOf('/') + 1))
}
