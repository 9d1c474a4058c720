/** What all sessions of this family share: who stands where, and how things are said. */
import { type Endpoint, endpointText, parseEndpoint, unroutable } from '../../core/address.ts'
import type { ClientSaid, Json, SearchSaid, ShareSaid, Side, ThreatSaid } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'

export type Fields = { readonly [key: string]: Json }
export type Part = 'peer' | 'peer-tls' | 'hub' | 'hub-tls' | 'results'

export class Teller {
  readonly flow: FlowFacts
  readonly out: Out
  /** Participants that were named, so that one is named once. */
  readonly #clients = new Set<string>()
  readonly #threats = new Set<string>()

  constructor(flow: FlowFacts, out: Out) {
    this.flow = flow
    this.out = out
  }

  who(side: Side): Endpoint {
    return this.flow.ends[side]
  }

  claim(side: Side, about: Endpoint, part: Part, via: string, content?: string): void {
    this.out.say({
      type: 'claim',
      by: this.who(side),
      about,
      part,
      carriers: part === 'results' ? 'udp' : 'tcp',
      via,
      ...(content !== undefined && { content }),
    })
  }

  /** A hub by its URL: `dchub://ip[:411]`, `nmdcs://…`, `adc://ip:port`, `adcs://…`. Host names say no address. */
  claimHub(side: Side, url: string, via: string): void {
    const match = /^(?:(dchub|nmdcs?|adcs?):\/\/)?([^/?\s]+)/i.exec(url)
    if (match === null) return
    const scheme = match[1]?.toLowerCase() ?? 'dchub'
    const about = parseEndpoint(match[2]!) ?? parseEndpoint(`${match[2]}:411`)
    if (about === undefined) return
    this.claim(side, about, /^(?:nmdcs|adcs)$/.test(scheme) ? 'hub-tls' : 'hub', via)
  }

  client(said: Omit<ClientSaid, 'type'>): void {
    const { who, software, version, nick, id, listens } = said
    const key = [endpointText(who), software, version, nick, id, listens?.port].join(' ')
    if (this.#clients.has(key) || this.#clients.size >= limits.listedMax) return
    this.#clients.add(key)
    this.out.say({ type: 'client', ...said })
  }

  share(said: Omit<ShareSaid, 'type'>): void {
    this.out.say({ type: 'share', ...said })
  }

  search(said: Omit<SearchSaid, 'type'>): void {
    this.out.say({ type: 'search', ...said })
  }

  request(side: Side, what: string, content?: string): void {
    const [by, of] = [this.who(side), this.who(other(side))]
    this.out.say({ type: 'request', by, of, what, ...(content !== undefined && { content }) })
  }

  /** Each kind of threat once in a flow for one reason. */
  threat(side: Side, threat: string, severity: ThreatSaid['severity'], why: string): void {
    const key = `${side} ${threat} ${why}`
    if (this.#threats.has(key) || this.#threats.size >= limits.listedMax) return
    this.#threats.add(key)
    this.out.say({ type: 'threat', threat, severity, by: this.who(side), why })
  }

  /**
   * A user told the hub an address to which others will send. Another than his own makes them send to
   * a third party. Behind a NAT the capture shows a private address where the world sees another.
   */
  checkOwn(side: Side, about: Endpoint, message: string): void {
    const own = this.who(side).ip
    if (about.ip === own || unroutable(own) !== undefined) return
    if (own.includes(':') !== about.ip.includes(':')) return
    this.threat(
      side,
      'foreign-address',
      'medium',
      `${message} from ${own} makes others send to ${endpointText(about)}`,
    )
  }

  log(side: Side, name: string, fields: Fields): void {
    const all = { type: name, ...fields }
    this.out.say({ type: 'message', log: 'directconnect', name, side, fields: all })
  }

  fault(wire: string, fault: string, side: Side, at: number, resumes: boolean): void {
    this.out.say({ type: 'fault', wire, fault, side, at, resumes })
  }
}

export function other(side: Side): Side {
  return side === 0 ? 1 : 0
}
