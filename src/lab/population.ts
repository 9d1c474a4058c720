/** Plays a scenario: peers get homes, files and orders; what they say goes into the account. */
import { type Endpoint, endpointText, ip4, ip6, parseIp4, parseIp6 } from '../core/address.ts'
import type { Order, Peer, PeerFile, PeerKind, PeerSaid, PeerSettings } from '../core/peer.ts'
import { randomFrom } from '../core/random.ts'
import { Account } from './account.ts'
import { Catalogue } from './catalogue.ts'
import type { Home } from './home.ts'
import { MemoryNetwork } from './memory-network.ts'
import { Nat, type NatKind } from './nat.ts'
import { type Owner, Recorder } from './recorder.ts'
import { type Deed, type Group, type Scenario, ScenarioError } from './scenario.ts'

/** A protocol's peers, and the port people know it by. */
export interface Playable {
  readonly kind: PeerKind
  readonly port: number
}

interface Member {
  peer: Peer
  home: Home
  /** Its machine is off, or it left the overlay. */
  isAway: boolean
  /** Where the world reaches it. */
  readonly at: Endpoint
  readonly number: number
  readonly group: string
  readonly settings: PeerSettings
  readonly nat: Nat | undefined
  readonly owner: Owner
  /** What it shares: a machine that comes back still has its disk. */
  readonly files: PeerFile[]
  /** The file of the catalogue that it searched for and found last. */
  lastFound: string | undefined
}

/** 2026-01-01T00:00:00Z: the same in every run. */
const START_MICROS = Date.UTC(2026, 0, 1) * 1000
/** Who has every file that he thinks of searches for nothing. */
const PICKS_MAX = 20
/** What is behind a NAT of its own has this address. */
const INSIDE = '192.168.1.2'

export class Population {
  readonly network: MemoryNetwork
  readonly account: Account
  readonly recorder: Recorder | undefined
  readonly #scenario: Scenario
  readonly #playable: ReadonlyMap<string, Playable>
  readonly #groups = new Map<string, Member[]>()
  readonly #owners = new Map<Peer, Owner>()
  readonly #catalogue: Catalogue
  readonly #random: () => number
  /** Family and file → content name: what pages with links would tell. */
  readonly #links = new Map<string, string>()
  #members = 0

  /**
   * @param write  gets a capture of all packets, if given
   * @throws ScenarioError  where the scenario asks for what is not there
   */
  constructor(
    scenario: Scenario,
    playable: ReadonlyMap<string, Playable>,
    write?: (bytes: Uint8Array) => void,
  ) {
    this.#scenario = scenario
    this.#playable = playable
    this.#random = randomFrom(scenario.seed)
    this.account = new Account(scenario)
    this.#catalogue = new Catalogue(scenario, this.#chance)
    this.recorder = write && new Recorder(write, ({ peer }) => this.#owners.get(peer)!)
    const [least, most] = scenario.network['delay-ms']
    this.network = new MemoryNetwork({
      seed: scenario.seed,
      startMicros: START_MICROS,
      delayMicros: [Math.round(least * 1000), Math.round(most * 1000)],
      loss: scenario.network.loss,
      ...(this.recorder && { tap: this.recorder }),
    })
    for (const [name, group] of Object.entries(scenario.groups)) this.#settle(name, group)
    for (const [name, group] of Object.entries(scenario.groups)) this.#begin(name, group)
    for (const deed of scenario.deeds) this.#plan(deed, deed.at)
  }

  get size(): number {
    return this.#members
  }

  /** Let so many seconds of the scenario pass; false once it is over. */
  advance(seconds: number): boolean {
    const end = START_MICROS + this.#scenario.seconds * 1e6
    const until = Math.min(end, this.network.schedule.nowMicros + seconds * 1e6)
    this.network.runUntil(until)
    return until < end
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (this.network.schedule.nowMicros - START_MICROS) / 1e6
  }

  readonly #chance = (below: number): number => Math.floor((this.#random() / 2 ** 32) * below)

  #settle(name: string, group: Group): void {
    const playable = this.#playable.get(group.protocol)
    const who = `groups.${name}`
    if (playable === undefined) {
      const known = [...this.#playable.keys()].join(', ')
      throw new ScenarioError(`${who}: no peer of "${group.protocol}" can be played (${known})`)
    }
    const { roles, bugs } = playable.kind
    if (!roles.includes(group.role)) {
      throw new ScenarioError(`${who}: no role "${group.role}" (${roles.join(', ')})`)
    }
    const strange = Object.keys(group.bugs).find((bug) => !bugs.includes(bug))
    if (strange !== undefined) {
      throw new ScenarioError(`${who}: no bug "${strange}" (${bugs.join(', ')})`)
    }
    const addresses = addressesOf(group.addresses, who)
    const members: Member[] = []
    for (let i = 0; i < group.count; i++) {
      members.push(this.#move(name, group, { playable, ip: addresses(i), index: i }))
    }
    this.#groups.set(name, members)
  }

  #move(
    name: string,
    group: Group,
    { playable, ip, index }: { playable: Playable; ip: string; index: number },
  ): Member {
    const port = group.port ?? playable.port
    const nick = group.count === 1 ? name : `${name}${index + 1}`
    const nat = group.nat === undefined ? undefined : new Nat(ip, group.nat as NatKind)
    const isFirewalled = this.#happens(group.firewalled) || nat !== undefined
    const bugs = Object.keys(group.bugs).filter((bug) => this.#happens(group.bugs[bug]!))
    const settings = { role: group.role, port, nick, bugs, isFirewalled }
    const member: Omit<Member, 'peer' | 'home'> = {
      isAway: false,
      at: { ip, port },
      number: this.#members++,
      group: name,
      settings,
      nat,
      owner: { family: group.protocol, role: group.role, name: nick },
      files: [],
      lastFound: undefined,
    }
    return this.#switchOn(member, playable.kind)
  }

  /** Give a member a peer that knows nothing yet. */
  #switchOn(member: Omit<Member, 'peer' | 'home'> & Partial<Member>, kind: PeerKind): Member {
    const { settings, nat, at, owner } = member
    const peer = kind.make(settings)
    this.#owners.set(peer, owner)
    const hear = (said: PeerSaid): void => this.#hear(member as Member, said)
    const ip = nat === undefined ? at.ip : INSIDE
    // A NAT keeps calls out by itself.
    const isShut = settings.isFirewalled && nat === undefined
    return Object.assign(member, { peer, home: this.network.add(peer, ip, hear, nat, isShut) })
  }

  #hear(member: Member, said: PeerSaid): void {
    if (said.type === 'published') {
      this.#links.set(`${member.owner.family} ${said.name}`, said.content)
    }
    const quest = this.account.hear(member.group, member.number, said)
    if (quest !== undefined) member.lastFound = quest
  }

  #happens(part: number): boolean {
    return part > 0 && this.#chance(2 ** 31) / 2 ** 31 < part
  }

  /** Joins and the files each one publishes. */
  #begin(name: string, group: Group): void {
    for (const member of this.#groups.get(name)!) {
      const { join, files } = group
      if (join !== undefined) this.#planJoins(member, join, join.at)
      for (let i = 0; i < (files?.each ?? 0); i++) {
        const file = this.#catalogue.pick(this.#chance)
        if (file !== undefined) {
          this.#order(member, this.#between(files!.at), { do: 'publish', file })
        }
      }
    }
  }

  #planJoins(member: Member, join: NonNullable<Group['join']>, at: readonly [number, number]) {
    const others = this.#groups.get(join.group)!.filter((each) => each !== member)
    for (let i = 0; i < Math.min(join.times, others.length); i++) {
      const j = i + this.#chance(others.length - i)
      const other = others[j]!
      others[j] = others[i]!
      this.#order(member, this.#between(at), { do: 'join', at: other.at })
    }
  }

  #between([from, to]: readonly [number, number]): number {
    return from + (this.#chance(1e6) / 1e6) * (to - from)
  }

  #order(member: Member, seconds: number, order: Order): void {
    this.network.schedule.put(START_MICROS + Math.round(seconds * 1e6), () => {
      if (!member.isAway) this.#tell(member, order)
    })
  }

  #tell(member: Member, order: Order): void {
    if (order.do === 'publish' && !member.files.includes(order.file)) member.files.push(order.file)
    if (order.do === 'leave') member.isAway = true
    member.peer.order(order)
  }

  #plan(deed: Deed, seconds: number): void {
    if (seconds > this.#scenario.seconds) return
    this.network.schedule.put(START_MICROS + Math.round(seconds * 1e6), () => {
      for (const member of this.#chosen(deed)) this.#do(deed, member)
      if (deed.every !== undefined) this.#plan(deed, seconds + deed.every)
    })
  }

  /** Who of a group it is, by chance: of those that are there, or to return, of those that are not. */
  #chosen({ do: what, who, count, part }: Deed): Member[] {
    const there = this.#groups.get(who)!.filter(({ isAway }) => isAway === (what === 'return'))
    const wanted = part === undefined ? (count ?? there.length) : Math.round(part * there.length)
    // Fisher and Yates, as far as needed.
    for (let i = 0; i < Math.min(wanted, there.length); i++) {
      const j = i + this.#chance(there.length - i)
      const taken = there[i]!
      there[i] = there[j]!
      there[j] = taken
    }
    return there.slice(0, wanted)
  }

  #do(deed: Deed, member: Member): void {
    if (deed.do === 'die') {
      member.isAway = true
      this.network.remove(member.home)
    } else if (deed.do === 'return') {
      this.#return(member)
    } else if (deed.do === 'search' && deed.text === undefined) {
      this.#quest(member, deed.ttl)
    } else {
      const order = this.#orderOf(deed, member)
      if (order !== undefined) this.#tell(member, order)
    }
  }

  /** Back with the same address and files: a machine that was off knows nobody any more. */
  #return(member: Member): void {
    const group = this.#scenario.groups[member.group]!
    if (member.home.isGone) this.#switchOn(member, this.#playable.get(group.protocol)!.kind)
    member.isAway = false
    for (const file of member.files) member.peer.order({ do: 'publish', file })
    if (group.join === undefined) return
    const [from, to] = group.join.at
    this.#planJoins(member, group.join, [this.seconds, this.seconds + Math.min(1, to - from)])
  }

  /** Search for words of a file of the catalogue. */
  #quest(member: Member, ttl: number | undefined): void {
    const file = this.#somebodyElses(member)
    if (file === undefined) return
    const text = file.name.replace(/\.bin$/, '')
    this.account.quest(member.number, text, file.name, this.seconds)
    member.peer.order({ do: 'search', text, ...(ttl !== undefined && { ttl }) })
  }

  /** A file of the catalogue that the member has not got. */
  #somebodyElses({ files }: Member): PeerFile | undefined {
    for (let tries = 0; tries < PICKS_MAX; tries++) {
      const file = this.#catalogue.pick(this.#chance)
      if (file === undefined || !files.includes(file)) return file
    }
    return undefined
  }

  #orderOf(deed: Deed, member: Member): Order | undefined {
    const { do: what, text, ttl, name, of, address } = deed
    const first = of === undefined ? undefined : this.#groups.get(of)![0]!
    if (what === 'search') return { do: 'search', text: text!, ...(ttl !== undefined && { ttl }) }
    if (what === 'fetch') {
      if (deed.linked) return this.#linked(member, name)
      const wanted = name ?? member.lastFound
      return wanted === undefined ? undefined : { do: 'fetch', name: wanted }
    }
    if (what === 'publish') {
      const file =
        name === undefined ? this.#catalogue.pick(this.#chance) : this.#catalogue.named(name)
      return file && { do: 'publish', file }
    }
    if (what === 'browse') {
      return first && { do: 'browse', of: address ? endpointText(first.at) : first.owner.name }
    }
    if (what === 'join') return first && { do: 'join', at: first.at }
    return { do: 'leave' }
  }

  /** Fetch by a link: a file that is named, or one of the catalogue, if there is a link to it. */
  #linked(member: Member, name: string | undefined): Order | undefined {
    const wanted = name ?? this.#somebodyElses(member)?.name
    const content = this.#links.get(`${member.owner.family} ${wanted}`)
    return wanted && content ? { do: 'fetch', name: wanted, content } : undefined
  }
}

/** Address number so-and-so of a network; the first is the network's own plus one. */
function addressesOf(network: string, who: string): (index: number) => string {
  const [base, bits] = network.split('/')
  const bytes = parseIp4(base!) ?? parseIp6(base!)
  if (bytes === undefined) throw new ScenarioError(`${who}: "${network}" is no address`)
  const first = bits === undefined ? 0 : 1
  const room = bits === undefined ? 1 : 2 ** Math.min(40, 8 * bytes.length - Number(bits)) - 2
  return (index) => {
    if (index >= room) throw new ScenarioError(`${who}: ${network} has only ${room} addresses`)
    const own = bytes.slice()
    let rest = first + index
    for (let at = own.length - 1; rest > 0; at--) {
      const sum = own[at]! + rest
      own[at] = sum % 256
      rest = Math.floor(sum / 256)
    }
    return own.length === 4 ? ip4(own, 0) : ip6(own, 0)
  }
}
