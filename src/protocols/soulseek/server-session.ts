/** The link between a client and its server: who logs in, who searches, who is where. */
import type { Endpoint } from '../../core/address.ts'
import { ip4Reversed, parseIp4 } from '../../core/address.ts'
import type { Json, Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { LinkReader } from './link-reader.ts'
import { endpointIn, fieldsOf, Teller } from './teller.ts'
import { numberIn, type Row, rowsIn, textIn } from './wire/fields.ts'
import { type SoulseekMessage, serverAskWire, serverTellWire } from './wire/message.ts'

/** Come by the hundred in rooms, or say nothing. */
const COUNTED = new Set([
  'ping',
  'get-user-status',
  'user-joined-room',
  'user-left-room',
  'say-in-room',
  'get-user-stats',
  'embedded-message',
  'watch-user',
])

const SEARCHES: Readonly<Record<string, string>> = {
  'file-search': 'server',
  'room-search': 'room',
  'user-search': 'user',
  'wishlist-search': 'wishlist',
  'exact-file-search': 'server',
}

export class ServerSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller
  readonly #readers: readonly [LinkReader, LinkReader]
  /** Who logged in; the opener, unless a capture begun late shows otherwise. */
  readonly #client: Side
  #nick: string | undefined
  /** Set where the server writes addresses in the other order than all others do. */
  #swapped: boolean | undefined

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
    this.#client = flow.part === 'server-opened' ? 1 : 0
    const reader = (side: Side): LinkReader => new LinkReader(side, this.#teller, flow.fromStart)
    this.#readers = [reader(0), reader(1)]
  }

  data(from: Side, bytes: Uint8Array): number {
    const asks = from === this.#client
    const step = this.#readers[from].step(asks ? serverAskWire : serverTellWire, bytes)
    this.need = step.need
    if (step.message !== undefined) {
      this.messages++
      if (asks) this.#asked(step.message)
      else this.#told(step.message)
    }
    this.lost = this.#readers[0].isLost && this.#readers[1].isLost
    return step.used
  }

  gap(from: Side): void {
    this.#readers[from].gap()
    this.need = 0
  }

  end(): void {}

  #asked(said: SoulseekMessage): void {
    const side = this.#client
    const { name, row } = said
    this.#log(side, said, {})
    if (SEARCHES[name] !== undefined) {
      this.#teller.search(side, SEARCHES[name], textIn(row, 'query') ?? '')
    } else if (name === 'login') this.#login(row)
    else if (name === 'set-wait-port') this.#listens(row)
  }

  #login(row: Row): void {
    this.#nick = textIn(row, 'user')
    const who = this.#teller.who(this.#client)
    const major = numberIn(row, 'version')
    const minor = numberIn(row, 'minor')
    const version = minor === undefined ? String(major) : `${major}.${minor}`
    // Only Nicotine+ takes 160; the version numbers of others were never listed.
    const software = major === 160 ? { software: 'Nicotine+' } : {}
    this.#teller.client({
      who,
      nick: this.#nick ?? '',
      version: `protocol ${version}`,
      ...software,
    })
    this.#teller.claim(this.#client, this.#teller.who(other(this.#client)), 'server', 'login')
  }

  #listens(row: Row): void {
    const who = this.#teller.who(this.#client)
    const port = numberIn(row, 'port')!
    if (port > 65_535) return
    const listens = { ip: who.ip, port }
    const nick = this.#nick === undefined ? {} : { nick: this.#nick }
    this.#teller.client({ who, ...nick, listens })
    this.#teller.claim(this.#client, listens, 'peer', 'set-wait-port')
    const hidden = numberIn(row, 'obfuscatedPort') ?? 0
    if (hidden > 0 && hidden <= 65_535) {
      const about = { ip: who.ip, port: hidden }
      this.#teller.claim(this.#client, about, 'peer-obfuscated', 'set-wait-port')
    }
  }

  #told(said: SoulseekMessage): void {
    const side = other(this.#client)
    const { name, row } = said
    const more: Record<string, Json> = {}
    if (name === 'login') this.#learnOrder(row)
    if (name === 'get-peer-address' || name === 'connect-to-peer') this.#address(name, row, more)
    if (name === 'possible-parents') this.#parents(row, more)
    if (name === 'file-search') {
      this.#teller.search(side, 'server-forwarded', textIn(row, 'query') ?? '')
    }
    this.#log(side, said, more)
  }

  /** The server tells a client its own address, which shows in which order it writes them. */
  #learnOrder(row: Row): void {
    const ip = textIn(row, 'ip')
    const own = this.#teller.who(this.#client).ip
    if (ip === undefined) return
    if (ip === own) this.#swapped = false
    else if (turned(ip) === own) this.#swapped = true
  }

  #inOrder(about: Endpoint): Endpoint {
    return this.#swapped === true ? { ip: turned(about.ip), port: about.port } : about
  }

  /** Addresses are written in the reversed order; a server that does otherwise is shown as such. */
  get #reading(): 'natural' | 'reversed' {
    return this.#swapped === true ? 'natural' : 'reversed'
  }

  #address(name: string, row: Row, more: Record<string, Json>): void {
    const side = other(this.#client)
    const about = endpointIn(row)
    more.reading = this.#reading
    if (about === undefined) return
    const there = this.#inOrder(about)
    more.ip = there.ip
    // A user who is not there is answered with zeros.
    if (there.ip === '0.0.0.0' && there.port === 0) return
    this.#teller.claim(side, there, 'peer', name, this.#reading)
    const hidden = numberIn(row, 'obfuscatedPort') ?? 0
    if (hidden > 0 && hidden <= 65_535) {
      const second = { ip: there.ip, port: hidden }
      this.#teller.claim(side, second, 'peer-obfuscated', name, this.#reading)
    }
  }

  #parents(row: Row, more: Record<string, Json>): void {
    const side = other(this.#client)
    const peers: string[] = []
    for (const parent of rowsIn(row, 'parents').slice(0, limits.listedMax)) {
      const about = endpointIn(parent)
      if (about === undefined) continue
      const there = this.#inOrder(about)
      peers.push(`${there.ip}:${there.port}`)
      this.#teller.claim(side, there, 'peer', 'possible-parents', this.#reading)
    }
    more.peers = peers
  }

  #log(side: Side, { code, name, row }: SoulseekMessage, more: Record<string, Json>): void {
    if (COUNTED.has(name) && !this.#teller.out.everyMessage) return this.#teller.out.count(name)
    const fields = { ...fieldsOf(name, row), ...more }
    this.#teller.log(side, 'server', name, name === 'other' ? { ...fields, code } : fields)
  }
}

function turned(ip: string): string {
  const bytes = parseIp4(ip)
  return bytes === undefined ? ip : ip4Reversed(bytes, 0)
}
