/** What all sessions of this family share: how things are said. */
import { type Endpoint, endpointText, parseEndpoint, unroutable } from '../../core/address.ts'
import type { SearchSaid, ShareSaid, Side, ThreatSaid } from '../../core/event.ts'
import { type Fields, FlowTeller, other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'

export type Part = 'peer' | 'peer-tls' | 'hub' | 'hub-tls' | 'results'

export class Teller extends FlowTeller {
  readonly #threats = new Set<string>()

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
}
