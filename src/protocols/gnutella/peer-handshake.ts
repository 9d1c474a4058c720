/**
 * How two small peers agree on a link.
 *
 *     0.4   CONNECT → OK                                  who called may speak at once
 *     0.6   CONNECT, headers → 200 or 503, headers → 200  503 names others to try
 */
import { type Endpoint, endpointText, parseEndpoint } from '../../core/address.ts'
import { bytesOf } from '../../core/bytes.ts'
import type { Link, Talk } from '../../core/peer.ts'
import { emitHttpHead, header } from '../formats/http-head.ts'
import type { Node, Role } from './peer-node.ts'
import { type Handshake, parseHandshake } from './wire/handshake.ts'

/** What an ultrapeer takes, after LimeWire: 30 leaves and 32 ultrapeers, with room. */
const LEAVES_MAX = 60
const DEGREE_MAX = 32
const SERVENT_LINKS_MAX = 16
/** How many others a head names. */
const TRY_MAX = 10
const USER_AGENT = 'PeerscopeLab/1.0'

/** What the two agreed on. */
export interface Agreed {
  /** What the other is. */
  readonly other: Role
  /** Both say goodbye with a message. */
  readonly bye: boolean
  /** Where it says that it listens. */
  readonly listens: Endpoint | undefined
}

/** Whom the handshake tells of its end. */
export interface Party {
  readonly node: Node
  /** How many links there are to others of that role. */
  linksTo(role: Role): number
  agreed(link: Link, how: Agreed, sought: Endpoint | undefined): void
  /** It came to nothing; `others` may do instead. */
  refused(at: Endpoint, why: string, others: readonly Endpoint[]): void
}

const OK_04 = bytesOf('GNUTELLA OK\n\n')
const CONNECT_04 = bytesOf('GNUTELLA CONNECT/0.4\n\n')

/** Calls another. */
export class Caller implements Talk {
  readonly #party: Party
  readonly #at: Endpoint

  constructor(party: Party, at: Endpoint) {
    this.#party = party
    this.#at = at
  }

  opened(link: Link): void {
    const { node } = this.#party
    if (node.role === 'servent') link.send(CONNECT_04)
    else link.send(emitHttpHead({ startLine: 'GNUTELLA CONNECT/0.6', headers: headersOf(node) }))
  }

  data(link: Link, bytes: Uint8Array): number {
    const outcome = parseHandshake(bytes, 0)
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'malformed') return this.#fail(link, 'no handshake', bytes.length)
    const said = outcome.message
    const { node } = this.#party
    const others = triesOf(said)
    for (const other of others) node.know(other)
    if (said.code !== 200) {
      return this.#fail(link, `${said.code} ${said.reason}`, bytes.length, others)
    }
    if (node.role === 'servent') {
      this.#party.agreed(link, { other: 'servent', bye: false, listens: this.#at }, this.#at)
      return outcome.size
    }
    if (header(said.head, 'x-ultrapeer')?.toLowerCase() !== 'true') {
      return this.#fail(link, 'no ultrapeer', bytes.length, others)
    }
    link.send(bytesOf('GNUTELLA/0.6 200 OK\r\n\r\n'))
    this.#party.agreed(
      link,
      { other: 'ultrapeer', bye: saysBye(said), listens: this.#at },
      this.#at,
    )
    return outcome.size
  }

  closed(_link: Link, why: 'closed' | 'refused'): void {
    this.#party.refused(this.#at, why, [])
  }

  #fail(link: Link, why: string, used: number, others: readonly Endpoint[] = []): number {
    link.close()
    this.#party.refused(this.#at, why, others)
    return used
  }
}

/** Was called. */
export class Answerer implements Talk {
  readonly #party: Party
  #agreed: Agreed | undefined

  constructor(party: Party) {
    this.#party = party
  }

  opened(): void {}

  data(link: Link, bytes: Uint8Array): number {
    const outcome = parseHandshake(bytes, 0)
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'malformed') link.close()
    else if (this.#agreed === undefined) this.#answer(link, outcome.message)
    else if (outcome.message.code !== 200) link.close()
    else this.#party.agreed(link, this.#agreed, undefined)
    return outcome.kind === 'message' ? outcome.size : bytes.length
  }

  closed(): void {}

  #answer(link: Link, said: Handshake): void {
    const { node } = this.#party
    // A servent of 0.4 understands nothing newer, and the others want no flood.
    if (said.step !== 'connect' || (said.version === '0.4') !== (node.role === 'servent')) {
      link.close()
      return
    }
    if (node.role === 'servent') {
      if (this.#party.linksTo('servent') >= SERVENT_LINKS_MAX) {
        link.close()
        return
      }
      link.send(OK_04)
      this.#party.agreed(link, { other: 'servent', bye: false, listens: undefined }, undefined)
      return
    }
    const other = header(said.head, 'x-ultrapeer')?.toLowerCase() === 'true' ? 'ultrapeer' : 'leaf'
    const listens = parseEndpoint(header(said.head, 'listen-ip') ?? '')
    const full = this.#whyNot(other)
    const headers = [...headersOf(node), ['Remote-IP', link.remote.ip] as const, ...tries(node)]
    const status = full === undefined ? '200 OK' : `503 ${full}`
    link.send(emitHttpHead({ startLine: `GNUTELLA/0.6 ${status}`, headers }))
    if (full === undefined) this.#agreed = { other, bye: saysBye(said), listens }
    else link.close()
  }

  #whyNot(other: Role): string | undefined {
    const { node } = this.#party
    if (node.role === 'leaf') return 'Shielded leaf node'
    const most = other === 'leaf' ? LEAVES_MAX : DEGREE_MAX
    return this.#party.linksTo(other) < most ? undefined : `No room for another ${other}`
  }
}

function headersOf(node: Node): (readonly [string, string])[] {
  const isUltrapeer = node.role === 'ultrapeer'
  return [
    ['User-Agent', USER_AGENT],
    ['Listen-IP', endpointText(node.told)],
    ['X-Ultrapeer', isUltrapeer ? 'True' : 'False'],
    ['X-Query-Routing', '0.1'],
    ...(isUltrapeer
      ? ([
          ['X-Dynamic-Querying', '0.1'],
          ['X-Degree', String(DEGREE_MAX)],
          ['X-Max-TTL', '4'],
        ] as const)
      : []),
    ['Bye-Packet', '0.1'],
  ]
}

/** The ultrapeers that are known, for whom finds no room or wants more. */
function tries(node: Node): (readonly [string, string])[] {
  if (node.hosts.length === 0) return []
  return [['X-Try-Ultrapeers', node.hosts.slice(-TRY_MAX).map(endpointText).join(',')]]
}

function triesOf(said: Handshake): Endpoint[] {
  const value = header(said.head, 'x-try-ultrapeers') ?? ''
  return value
    .split(',', TRY_MAX)
    .map((each) => parseEndpoint(each.trim().split(' ')[0]!))
    .filter((at) => at !== undefined)
}

function saysBye(said: Handshake): boolean {
  return header(said.head, 'bye-packet') !== undefined
}
