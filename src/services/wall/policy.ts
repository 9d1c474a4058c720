/**
 * The rules of `wall:`, compiled: a flow, its host and a moment in, a measure and the rule that said
 * so out. The first rule that fits decides. Pure.
 */
import type { FlowVerdict, Sureness } from '../../core/event.ts'
import type { FileKind } from './kinds.ts'
import { CLASSES_MAX } from './marks.ts'
import {
  holdsIp,
  ipBytes,
  type NamedNetwork,
  type Network,
  networkOf,
  Ours,
  type Place,
} from './networks.ts'
import type { RuleConfig, WallConfig } from './schema.ts'
import { holdsPort, type Measure, measureOf, type Port, portOf } from './values.ts'
import { When, Zone } from './when.ts'

/** What a policy is asked about: a flow that was recognised, and whose it is. */
export interface Asked extends Place {
  /** Of the packet's sender where the host sent it, lower case. */
  readonly mac?: string | undefined
  readonly verdict: FlowVerdict
  /** Kinds of the files that it moves, as far as they are known. */
  readonly kinds?: ReadonlySet<FileKind> | undefined
}

export interface Answer extends Measure {
  /** The rule's name. */
  readonly rule: string
}

export type NamedRule = RuleConfig & { readonly name: string }

const RANK: Readonly<Record<Sureness, number>> = { unsure: 1, likely: 2, certain: 3 }

/** What holds where the configuration has no `rules`. */
const DEFAULT_RULES: readonly RuleConfig[] = [
  {
    name: 'peer-to-peer',
    what: { sureness: 'likely', neighbour: false },
    do: 'block reset',
  },
]

export class Policy {
  readonly ours: Ours
  /** The rules that throttle, in their order: the class of a flow is a place here. */
  readonly throttles: readonly Answer[]
  /** As they hold, in their order: those of the configuration, or what holds without any. */
  readonly rules: readonly NamedRule[]
  readonly #rules: readonly Rule[]
  readonly #zone: Zone
  readonly #isDeny: boolean
  readonly #ports: readonly Port[]
  readonly #applications: ReadonlySet<string>
  readonly #accounts: readonly (readonly [name: string, members: readonly WhoPart[]])[]

  constructor(config: WallConfig, networks: readonly NamedNetwork[]) {
    this.ours = new Ours(networks)
    this.#zone = new Zone(config.zone)
    this.#isDeny = config.mode === 'deny'
    this.#ports = config.permit.ports.map(portOf).filter((port) => port !== undefined)
    this.#applications = new Set(config.permit.applications)
    const given = config.rules ?? [...allowedNetworks(networks), ...DEFAULT_RULES]
    const who = new WhoWords(config, networks)
    this.#accounts = Object.keys(config.accounts).map((name) => [name, who.parts(name) ?? []])
    this.#rules = given.map((rule, index) => new Rule(rule, index, who))
    this.rules = given.map((rule, index) => ({ ...rule, name: this.#rules[index]!.answer.rule }))
    this.throttles = this.#rules.map(({ answer }) => answer).filter(isThrottle)
  }

  /** Whether any rule looks at kinds of files, which may be known late. */
  get asksKinds(): boolean {
    return this.#rules.some(({ asksKinds }) => asksKinds)
  }

  /** The first account that a host is of. */
  accountOf(host: string, mac: string | undefined): string | undefined {
    const ip = ipBytes(host)
    return this.#accounts.find(([, members]) => isAmong(members, ip, mac))?.[0]
  }

  /** Which rules hold at a moment, as far as that changes with time: another text is another policy. */
  seasonAt(micros: number): string {
    const at = this.#zone.at(micros)
    return this.#rules.map((rule) => (rule.holdsAt(at) ? '1' : '0')).join('')
  }

  /** What becomes of a flow that was recognised. */
  decide(asked: Asked, micros: number): Answer {
    const ip = ipBytes(asked.host.ip)
    const at = this.#zone.at(micros)
    const rule = this.#rules.find((each) => each.fits(asked, ip) && each.holdsAt(at))
    return rule?.answer ?? this.#otherwise(asked)
  }

  /** No rule fits. */
  #otherwise({ verdict, host }: Asked): Answer {
    const isPermitted = this.#applications.has(verdict.family)
    if (isPermitted) return { action: 'permit', rule: 'permitted application' }
    if (this.#isDeny) return { action: 'block', how: 'reset', rule: 'not permitted' }
    if (verdict.neighbour) return { action: 'permit', rule: 'neighbours' }
    const network = this.ours.networkOf(host.ip)
    const rule = `network ${network?.name ?? 'unnamed'}`
    if (network?.policy === 'allow') return { action: 'permit', rule }
    if (network?.policy === 'forbid') return { action: 'block', how: 'reset', rule }
    return { action: 'watch', rule: 'no rule fits' }
  }

  /**
   * Of a flow that nobody recognised, or that is not yet: may it pass?
   * @param isFinal  nobody will recognise it any more
   */
  permits(carrier: 'tcp' | 'udp', port: number, isFinal: boolean): boolean {
    if (!this.#isDeny || holdsPort(this.#ports, carrier, port)) return true
    // A named application shows itself only in what follows.
    return !isFinal && this.#applications.size > 0
  }
}

function isThrottle(answer: Answer): boolean {
  return answer.action === 'throttle'
}

function allowedNetworks(networks: readonly NamedNetwork[]): RuleConfig[] {
  const who = networks.filter(({ policy }) => policy === 'allow').map(({ name }) => name)
  if (who.length === 0) return []
  const what = { sureness: 'unsure', neighbour: false } as const
  return [{ name: 'networks that may', who, what, do: 'permit' }]
}

/** One thing that names hosts. */
type WhoPart = Network | { readonly mac: string }

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/

/** What the words of `who` mean. */
class WhoWords {
  readonly #config: WallConfig
  readonly #networks: readonly NamedNetwork[]

  constructor(config: WallConfig, networks: readonly NamedNetwork[]) {
    this.#config = config
    this.#networks = networks
  }

  /** Undefined where it means nothing. */
  parts(word: string): readonly WhoPart[] | undefined {
    const plain = plainPart(word)
    if (plain !== undefined) return [plain]
    const account = this.#config.accounts[word]
    const network = this.#networks.find(({ name }) => name === word)?.cidrs
    const members = Object.hasOwn(this.#config.accounts, word) ? account : network
    return members?.map(plainPart).filter((part) => part !== undefined)
  }
}

function plainPart(word: string): WhoPart | undefined {
  const mac = word.toLowerCase()
  return MAC.test(mac) ? { mac } : networkOf(word)
}

function isAmong(
  members: readonly WhoPart[],
  ip: Uint8Array | undefined,
  mac: string | undefined,
): boolean {
  return members.some((part) =>
    'mac' in part ? part.mac === mac : ip !== undefined && holdsIp(part, ip),
  )
}

class Rule {
  readonly answer: Answer
  readonly #who: readonly WhoPart[] | undefined
  readonly #what: RuleConfig['what']
  readonly #when: When | undefined

  constructor(config: RuleConfig, index: number, words: WhoWords) {
    const name = config.name ?? `rule ${index + 1}`
    this.answer = { ...measureOf(config.do)!, rule: name }
    this.#who = config.who?.flatMap((word) => words.parts(word) ?? [])
    this.#what = config.what
    this.#when = config.when && new When(config.when)
  }

  get asksKinds(): boolean {
    return this.#what.kind !== undefined
  }

  holdsAt(at: Parameters<When['holds']>[0]): boolean {
    return this.#when?.holds(at) ?? true
  }

  fits({ verdict, direction, kinds, mac }: Asked, ip: Uint8Array | undefined): boolean {
    const { family, part, sureness, kind, neighbour } = this.#what
    if (family !== undefined && !family.includes(verdict.family)) return false
    // A family that is named is meant, whatever it is; otherwise a VPN is no file sharing.
    if (family === undefined && neighbour !== (verdict.neighbour ?? false)) return false
    if (part !== undefined && !part.includes(verdict.part)) return false
    if (RANK[verdict.sureness] < RANK[sureness]) return false
    if (this.#what.direction !== undefined && !this.#isFrom(direction)) return false
    if (kind !== undefined && !kind.some((one) => kinds?.has(one))) return false
    return this.#who === undefined || isAmong(this.#who, ip, mac)
  }

  /** What stays within our networks was opened from our side. */
  #isFrom(direction: Asked['direction']): boolean {
    return (this.#what.direction === 'in') === (direction === 'in')
  }
}

/** A word of the policy that means nothing here, and where it stands. */
export interface PolicyFault {
  readonly path: readonly (string | number)[]
  readonly says: string
}

/**
 * What the schema cannot know: whether names of networks, accounts and protocols exist.
 * @param families  names of all protocols
 */
export function policyFaults(
  config: WallConfig,
  networks: readonly NamedNetwork[],
  families: readonly string[],
): PolicyFault[] {
  const faults: PolicyFault[] = []
  const words = new WhoWords(config, networks)
  const check = (path: PolicyFault['path'], names: readonly string[] | undefined) => {
    for (const [index, family] of (names ?? []).entries()) {
      if (families.includes(family)) continue
      faults.push({ path: [...path, index], says: `${family} is no protocol` })
    }
  }
  for (const [account, members] of Object.entries(config.accounts)) {
    for (const [index, word] of members.entries()) {
      if (plainPart(word) !== undefined) continue
      const says = `${word} is no address, network or MAC`
      faults.push({ path: ['accounts', account, index], says })
    }
  }
  for (const [at, rule] of (config.rules ?? []).entries()) {
    for (const [index, word] of (rule.who ?? []).entries()) {
      if (words.parts(word) !== undefined) continue
      const says = `${word} is no address, network, MAC or account`
      faults.push({ path: ['rules', at, 'who', index], says })
    }
    check(['rules', at, 'what', 'family'], rule.what.family)
  }
  check(['permit', 'applications'], config.permit.applications)
  const throttles = (config.rules ?? []).filter((rule) => measureOf(rule.do)?.rate !== undefined)
  if (throttles.length > CLASSES_MAX) {
    faults.push({ path: ['rules'], says: `at most ${CLASSES_MAX} of them may throttle` })
  }
  return faults
}
