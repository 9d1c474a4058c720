/** Plays a scenario: peers get homes, files and orders; what they say goes into the account. */
import { type Endpoint, ip4, ip6, parseIp4, parseIp6 } from '../core/address.ts'
import type { Order, Peer, PeerKind, PeerSaid } from '../core/peer.ts'
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
  readonly peer: Peer
  readonly home: Home
  /** Where the world reaches it. */
  readonly at: Endpoint
  readonly number: number
  readonly owner: Owner
}

/** 2026-01-01T00:00:00Z: the same in every run. */
const START_MICROS = Date.UTC(2026, 0, 1) * 1000
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
    const isFirewalled = this.#happens(group.firewalled)
    const bugs = Object.keys(group.bugs).filter((bug) => this.#happens(group.bugs[bug]!))
    const peer = playable.kind.make({ role: group.role, port, nick, bugs, isFirewalled })
    const number = this.#members++
    const nat = group.nat === undefined ? undefined : new Nat(ip, group.nat as NatKind)
    const owner = { family: group.protocol, role: group.role, name: nick }
    const hear = (said: PeerSaid): void => this.account.hear(name, number, said)
    this.#owners.set(peer, owner)
    const home = this.network.add(peer, nat === undefined ? ip : INSIDE, hear, nat)
    return { peer, home, at: { ip, port }, number, owner }
  }

  #happens(part: number): boolean {
    return part > 0 && this.#chance(2 ** 31) / 2 ** 31 < part
  }

  /** Joins and the files each one publishes. */
  #begin(name: string, group: Group): void {
    for (const member of this.#groups.get(name)!) {
      const { join, files } = group
      for (let i = 0; i < (join?.times ?? 0); i++) {
        const others = this.#groups.get(join!.group)!.filter((each) => each !== member)
        const other = others[this.#chance(others.length)]
        if (other !== undefined) {
          this.#order(member, this.#between(join!.at), { do: 'join', at: other.at })
        }
      }
      for (let i = 0; i < (files?.each ?? 0); i++) {
        const file = this.#catalogue.pick(this.#chance)
        if (file !== undefined) {
          this.#order(member, this.#between(files!.at), { do: 'publish', file })
        }
      }
    }
  }

  #between([from, to]: readonly [number, number]): number {
    return from + (this.#chance(1e6) / 1e6) * (to - from)
  }

  #order(member: Member, seconds: number, order: Order): void {
    this.network.schedule.put(START_MICROS + Math.round(seconds * 1e6), () => {
      if (!member.home.isGone) member.peer.order(order)
    })
  }

  #plan(deed: Deed, seconds: number): void {
    if (seconds > this.#scenario.seconds) return
    this.network.schedule.put(START_MICROS + Math.round(seconds * 1e6), () => {
      for (const member of this.#chosen(deed)) this.#do(deed, member)
      if (deed.every !== undefined) this.#plan(deed, seconds + deed.every)
    })
  }

  /** Who of a group it is, by chance; only those that are there. */
  #chosen({ who, count, part }: Deed): Member[] {
    const there = this.#groups.get(who)!.filter(({ home }) => !home.isGone)
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
      this.network.remove(member.home)
      return
    }
    if (deed.do === 'search' && deed.text === undefined) {
      const file = this.#catalogue.pick(this.#chance)
      if (file === undefined) return
      const text = file.name.replace(/\.bin$/, '')
      this.account.quest(member.number, text, file.name, this.seconds)
      member.peer.order({ do: 'search', text })
      return
    }
    const order = this.#orderOf(deed)
    if (order !== undefined) member.peer.order(order)
  }

  #orderOf({ do: what, text, name, of }: Deed): Order | undefined {
    const first = of === undefined ? undefined : this.#groups.get(of)![0]!
    if (what === 'search') return { do: 'search', text: text! }
    if (what === 'fetch') return { do: 'fetch', name: name ?? '' }
    if (what === 'publish') {
      const file =
        name === undefined ? this.#catalogue.pick(this.#chance) : this.#catalogue.named(name)
      return file && { do: 'publish', file }
    }
    if (what === 'browse') return first && { do: 'browse', of: first.owner.name }
    if (what === 'join') return first && { do: 'join', at: first.at }
    return { do: 'leave' }
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
