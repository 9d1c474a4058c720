/**
 * A connection to a web seed: a web server that gives the content itself, in pieces (BEP 17) or by
 * ranges (BEP 19). What moved is told when the connection ends.
 */
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out } from '../../core/protocol.ts'
import { header, httpHeadWire, textOf } from '../formats/http-head.ts'
import { HttpSession } from '../formats/http-session.ts'
import type { HttpBody, HttpMessage } from '../formats/http-stream.ts'
import { redactedPath } from './logs-tracker.ts'
import { webSeedRequestOf } from './webseed-request.ts'

type Fields = { [key: string]: Json }

export class WebSeedSession extends HttpSession {
  #agent = ''
  #content: string | undefined
  #name: string | undefined
  #bytes = 0

  constructor(flow: FlowFacts, out: Out) {
    super(httpHeadWire.name, flow, out)
  }

  override end(at: Moment): void {
    super.end(at)
    if (this.#bytes === 0) return
    const [to, from] = this.flow.ends
    this.out.say({
      type: 'transfer',
      from,
      to,
      ...(this.#content === undefined ? {} : { content: this.#content }),
      ...(this.#name === undefined ? {} : { name: this.#name }),
      bytes: this.#bytes,
      via: 'webseed',
    })
  }

  override head(message: HttpMessage): number {
    if (message.request === undefined) {
      this.#log(message.side, 'response', { status: message.status?.code ?? 0 })
      return 0
    }
    const [by, of] = this.flow.ends
    const asked = webSeedRequestOf(message.head, message.request)
    const host = header(message.head, 'host')
    const agent = textOf(header(message.head, 'user-agent') ?? '')
    const fields: Fields = {
      ...(host === undefined ? {} : { host: textOf(host) }),
      path: redactedPath(textOf(message.request.target.replace(/\?.*$/, ''))),
      ...(agent === '' ? {} : { user_agent: agent }),
      ...(asked?.infoHash === undefined ? {} : { info_hash: hex(asked.infoHash) }),
      ...(asked?.piece === undefined ? {} : { piece: asked.piece }),
      ...(asked?.range === undefined ? {} : { range: textOf(asked.range) }),
    }
    this.#log(message.side, 'request', fields)
    if (asked?.infoHash !== undefined) this.#content = `urn:btih:${hex(asked.infoHash)}`
    this.#name = asked?.name
    const content = this.#content === undefined ? {} : { content: this.#content }
    this.out.say({ type: 'request', by, of, what: 'webseed', ...content })
    const client = /^([A-Za-zµ][\w .-]{1,30}?)\/([\w.+-]{1,20})/.exec(agent)
    if (client !== null && agent !== this.#agent) {
      this.#agent = agent
      this.out.say({ type: 'client', who: by, software: client[1]!, version: client[2]! })
    }
    return 0
  }

  override body(message: HttpMessage, body: HttpBody): void {
    const code = message.status?.code
    if (code === 200 || code === 206) this.#bytes += body.size
  }

  #log(side: Side, type: 'request' | 'response', rest: Fields): void {
    this.out.say({
      type: 'message',
      log: 'bittorrent_webseed',
      name: type,
      side,
      fields: { type, ...rest },
    })
  }
}
