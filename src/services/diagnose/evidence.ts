/**
 * What a diagnosis rests on: who told what, who lives, who says to be what, who called whom. A capture
 * fills it (`observe.ts`), and so may a crawler, which can also be asked about addresses that nobody
 * called yet (`Liveness`).
 */
import { type Endpoint, endpointText, unroutable } from '../../core/address.ts'
import type { PacketRef } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { Names } from './misdirection.ts'
import { NodeIds } from './sybils.ts'

/** `answers`: something is there, and it is no peer of the family as far as was seen. */
export type Life = 'unknown' | 'silent' | 'answers' | 'peer'

/** Somebody who can find out. */
export interface Liveness {
  of(at: Endpoint, family: string): Life
  /** Whether a host tells peers of a content that does not exist; undefined: nobody tried. */
  answersMadeUp?(ip: string): boolean | undefined
}

/** One address that somebody told. */
export interface Told extends PacketRef {
  readonly family: string
  readonly by: Endpoint
  readonly about: Endpoint
  readonly via: string
  readonly content: string | undefined
  readonly micros: number
  /** The same for all that stood in one message, in their order. */
  readonly list: string
  /** Who told it or who heard it is of the same kind of network: there it may be right. */
  readonly isWithin: boolean
  /** Family and endpoint: the same for all that is told of one. */
  readonly key: string
}

export type Telling = Omit<Told, 'key'>

/**
 * Why an address is held to be in no system; `unroutable` by the registries, `unannounced` by a table of
 * routes. All but `silent` are so surely.
 */
export type Bogus = 'dark' | 'unroutable' | 'unannounced' | 'silent'

interface Known {
  life: Life
  family: string
  /** When it was seen to be a peer last. */
  peerMicros: number
}

interface Call {
  readonly from: string
  readonly to: string
  count: number
}

const LIVES: readonly Life[] = ['unknown', 'silent', 'answers', 'peer']
/** Names of software of one address that are told apart. */
const SOFTWARE_MAX = 8
/** Callers of one endpoint that are told apart. */
const CALLERS_MAX = 1024

export interface EvidenceOptions {
  readonly isDark?: (ip: string) => boolean
  readonly liveness?: Liveness
  /** Whether some network announces an address; without it, all are believed to be announced. */
  readonly isAnnounced?: (ip: string) => boolean
  /** What a host name is known as: `tracker`, `router` … */
  readonly seedOf?: (name: string) => string | undefined
  /** Contents that do not exist, and were asked for to see who knows peers of them: URNs, or hashes alone. */
  readonly madeUp?: readonly string[]
  /** Where names are kept, if longer than this. */
  readonly names?: Names
}

export class Evidence {
  readonly told: Told[] = []
  /** What was called as a peer and did not answer, or is dark; also where nobody was heard to tell it. */
  readonly asked: Told[] = []
  /** Claims beyond what is kept. */
  toldNotKept = 0
  /** Connections and exchanges of datagrams that are P2P, by the addresses of both ends. */
  readonly calls: Call[] = []
  /** Endpoints beyond those of which it is known whether they answer. */
  endpointsNotKept = 0
  readonly isDark: (ip: string) => boolean
  readonly liveness: Liveness | undefined
  readonly isAnnounced: (ip: string) => boolean
  readonly seedOf: (name: string) => string | undefined
  /** Names that stand for addresses. */
  readonly names: Names
  /** Ids of nodes, by family. */
  readonly nodeIds = new Map<string, NodeIds>()
  readonly #madeUp: ReadonlySet<string>
  /** Host that was asked for what is made up → whether it told peers of that. */
  readonly #triedMadeUp = new Map<string, boolean>()
  readonly #said = new Set<string>()
  readonly #known = new Map<string, Known>()
  readonly #calls = new Map<string, Call>()
  readonly #callers = new Map<string, Set<string>>()
  readonly #families = new Map<string, string>()
  readonly #software = new Map<string, string>()
  readonly #ofAddress = new Map<string, Set<string>>()

  constructor({ isDark, liveness, isAnnounced, seedOf, names, madeUp }: EvidenceOptions = {}) {
    this.#madeUp = new Set(madeUp?.map(keyOf))
    this.names = names ?? new Names()
    this.isDark = isDark ?? (() => false)
    this.isAnnounced = isAnnounced ?? (() => true)
    this.seedOf = seedOf ?? (() => undefined)
    this.liveness = liveness
  }

  /** A claim; the same of the same teller, by the same channel for the same content, counts once. */
  tell(told: Telling): void {
    this.#keep(told, this.told)
  }

  /** Somebody called it, so he was told. */
  ask(told: Telling): void {
    this.#keep(told, this.asked)
  }

  #keep(told: Telling, list: Told[]): void {
    const key = `${told.family} ${endpointText(told.about)}`
    const said = `${key} ${endpointText(told.by)} ${told.via} ${told.content}`
    if (this.#said.has(said)) return
    if (list.length >= limits.causeToldMax) {
      this.toldNotKept++
      return
    }
    this.#said.add(said)
    list.push({ ...told, key })
  }

  /** What was seen of an endpoint: the most that it showed stands. */
  lives(at: Endpoint, family: string, life: Life, micros: number): void {
    const name = endpointText(at)
    const known = this.#known.get(name)
    if (known === undefined) {
      if (this.#known.size >= limits.causeEndpointsMax) {
        this.endpointsNotKept++
        return
      }
      this.#known.set(name, { life, family, peerMicros: life === 'peer' ? micros : -1 })
      return
    }
    if (LIVES.indexOf(life) > LIVES.indexOf(known.life)) {
      known.life = life
      known.family = family
    }
    if (life === 'peer') known.peerMicros = Math.max(known.peerMicros, micros)
  }

  isMadeUp(content: string): boolean {
    return this.#madeUp.size > 0 && this.#madeUp.has(keyOf(content))
  }

  /** A host was asked for a content that is made up, or told a peer of it. */
  triesMadeUp(ip: string, isAnswer: boolean): void {
    if (this.#triedMadeUp.size >= limits.causeEndpointsMax && !this.#triedMadeUp.has(ip)) return
    this.#triedMadeUp.set(ip, isAnswer || this.#triedMadeUp.get(ip) === true)
  }

  /** Whether a host tells peers of a content that does not exist; undefined: nobody tried. */
  answersMadeUp(ip: string): boolean | undefined {
    return this.liveness?.answersMadeUp?.(ip) ?? this.#triedMadeUp.get(ip)
  }

  /** Ids of a family's nodes. */
  nodesOf(family: string): NodeIds {
    const known = this.nodeIds.get(family) ?? new NodeIds()
    this.nodeIds.set(family, known)
    return known
  }

  takesPart(ip: string, family: string): void {
    if (this.#families.size < limits.causeEndpointsMax) this.#families.set(ip, family)
  }

  /** In which family an address was seen to take part last. */
  familyOf(ip: string): string | undefined {
    return this.#families.get(ip)
  }

  says(who: Endpoint, software: string): void {
    if (this.#software.size < limits.causeEndpointsMax) {
      this.#software.set(endpointText(who), software)
    }
    const all = this.#ofAddress.get(who.ip) ?? new Set()
    if (all.size < SOFTWARE_MAX) all.add(software)
    if (this.#ofAddress.size < limits.causeEndpointsMax) this.#ofAddress.set(who.ip, all)
  }

  /** @param isP2p  as far as its bytes were read */
  call(from: Endpoint, to: Endpoint, isP2p: boolean): void {
    if (isP2p) this.#count(from.ip, to.ip)
    const name = endpointText(to)
    const callers = this.#callers.get(name) ?? new Set()
    if (callers.size < CALLERS_MAX) callers.add(from.ip)
    if (this.#callers.size < limits.causeEndpointsMax) this.#callers.set(name, callers)
  }

  #count(from: string, to: string): void {
    const key = `${from} ${to}`
    let call = this.#calls.get(key)
    if (call === undefined) {
      if (this.#calls.size >= limits.causeEndpointsMax) return
      call = { from, to, count: 0 }
      this.#calls.set(key, call)
      this.calls.push(call)
    }
    call.count++
  }

  lifeOf(at: Endpoint, family: string): Life {
    const known = this.#known.get(endpointText(at))
    const seen = known === undefined ? 'unknown' : known.life
    if (seen === 'peer') return known!.family === family ? 'peer' : 'answers'
    const found = this.liveness?.of(at, family) ?? 'unknown'
    return LIVES.indexOf(found) > LIVES.indexOf(seen) ? found : seen
  }

  /** Whether it was a peer, some time before. */
  wasPeer(at: Endpoint, family: string, before: number): boolean {
    const known = this.#known.get(endpointText(at))
    return known?.family === family && known.peerMicros >= 0 && known.peerMicros < before
  }

  /** Why what was told is in no system; undefined where it is, or nothing is known. */
  bogus({
    about,
    family,
    isWithin,
  }: Pick<Told, 'about' | 'family' | 'isWithin'>): Bogus | undefined {
    if (this.isDark(about.ip)) return 'dark'
    const life = this.lifeOf(about, family)
    if (life === 'peer' || life === 'answers') return undefined
    if (!isWithin && unroutable(about.ip) !== undefined) return 'unroutable'
    if (!isWithin && !this.isAnnounced(about.ip)) return 'unannounced'
    return life === 'silent' ? 'silent' : undefined
  }

  /** What one says it is; where it was not heard itself, what its address says, if that is one thing. */
  softwareOf(who: Endpoint): string | undefined {
    const own = this.#software.get(endpointText(who))
    if (own !== undefined) return own
    const all = this.#ofAddress.get(who.ip)
    return all?.size === 1 ? [...all][0] : undefined
  }

  softwareAt(ip: string): ReadonlySet<string> {
    return this.#ofAddress.get(ip) ?? new Set()
  }

  callersOf(at: Endpoint): number {
    return this.#callers.get(endpointText(at))?.size ?? 0
  }

  /** Endpoints that are peers, of any family. */
  *peers(): Generator<string> {
    for (const [name, { life }] of this.#known) if (life === 'peer') yield name
  }
}

/** The hash of a URN. */
function keyOf(content: string): string {
  return content.slice(content.lastIndexOf(':') + 1).toLowerCase()
}
