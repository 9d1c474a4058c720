/**
 * How the wall stands, for whoever looks: what works writes it, pages read it. It sees what the
 * wall's thread hands over, so that nobody who looks costs a packet any time.
 */
import { endpointText } from '../../core/address.ts'
import type { Decision } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { trim } from '../../core/oldest.ts'
import { protocols } from '../../protocols/index.ts'
import type { WallHits, WallPreview, WallRefused, WallState } from '../../services/page/api.ts'
import type { WallPart } from '../../services/page/parts.ts'
import type { HostChange, Refused } from '../../services/wall/judgement.ts'
import { Policy } from '../../services/wall/policy.ts'
import { ruleWords } from '../../services/wall/rule-words.ts'
import { type Config, ConfigError, parseConfig } from '../config/config.ts'
import { changes } from './changes.ts'
import type { RulesTold } from './rules-text.ts'
import type { WallSettings } from './settings.ts'
import type { WallStatus } from './thread.ts'

/** Decisions, refused endpoints and slips that are shown one by one. */
const SHOWN_MAX = 100

const TITLES = new Map(protocols.map(({ name, title }) => [name, title]))

/** A policy as it is told. */
interface InForce {
  readonly settings: WallSettings
  readonly rules: readonly {
    readonly name: string
    readonly text: string
    readonly action: string
  }[]
  readonly kernelRules: string
}

export class WallBoard implements WallPart {
  readonly #kernel: RulesTold
  readonly #settingsOf: (config: Config) => WallSettings
  readonly #now: () => number
  #inForce: InForce
  #status: WallStatus | undefined
  #decisions: { readonly decision: Decision; readonly run: number }[] = []
  /** By rule. */
  readonly #lastMicros = new Map<string, number>()
  /** By host: since when it is held. */
  readonly #since = new Map<string, number>()
  /** Longest not named first, as the kernel has them. */
  readonly #refused = new Map<string, WallRefused>()
  /** The store's number of what the wall sees. */
  run = 0

  /**
   * @param settingsOf  what another configuration would mean, with the command line that holds
   * @param now  microseconds since 1970
   */
  constructor(
    kernel: RulesTold,
    settings: WallSettings,
    settingsOf: (config: Config) => WallSettings,
    now: () => number,
  ) {
    this.#kernel = kernel
    this.#settingsOf = settingsOf
    this.#now = now
    this.#inForce = this.#told(settings)
  }

  #told(settings: WallSettings): InForce {
    const { wall, networks, rulesOptions } = settings
    const { rules } = new Policy(wall, networks)
    return {
      settings,
      rules: rules.map((rule) => ({
        name: rule.name,
        text: ruleWords(rule, (family) => TITLES.get(family) ?? family),
        action: rule.do,
      })),
      kernelRules: this.#kernel.text(rulesOptions),
    }
  }

  /** Whoever was held by the old one is free. */
  usePolicy(config: Config): void {
    this.#inForce = this.#told(this.#settingsOf(config))
    this.#refused.clear()
  }

  status(status: WallStatus): void {
    this.#status = status
  }

  /** What the wall said of itself last. */
  get lastStatus(): WallStatus | undefined {
    return this.#status
  }

  host({ host, state, micros }: HostChange): void {
    if (state === 'free') this.#since.delete(host)
    else this.#since.set(host, micros)
  }

  decision(decision: Decision): void {
    const { rule, micros } = decision
    this.#lastMicros.delete(rule)
    this.#lastMicros.set(rule, micros)
    // As many as the wall itself counts.
    trim(this.#lastMicros, 2 * limits.wallRulesMax)
    this.#decisions.push({ decision, run: this.run })
    if (this.#decisions.length > 2 * SHOWN_MAX) this.#decisions = this.#decisions.slice(-SHOWN_MAX)
  }

  refuse(refused: readonly Refused[]): void {
    const now = this.#now()
    for (const { host, endpoint, carriers, seconds, taughtBy } of refused) {
      const key = `${host} ${endpointText(endpoint)}`
      const { by, via } = taughtBy
      const untilMicros = now + seconds * 1_000_000
      this.#refused.delete(key)
      this.#refused.set(key, { host, endpoint, carriers, untilMicros, by, via })
      trim(this.#refused, limits.wallRefusedShownMax)
    }
  }

  state(): WallState {
    const { settings, rules, kernelRules } = this.#inForce
    const { wall } = settings
    const hits = new Map(this.#status?.hits.map(({ rule, flows }) => [rule, flows]))
    const hitsOf = (name: string): WallHits => {
      const lastMicros = this.#lastMicros.get(name)
      return { name, hits: hits.get(name) ?? 0, ...(lastMicros !== undefined && { lastMicros }) }
    }
    const named = new Set(rules.map(({ name }) => name))
    return {
      running: true,
      engine: this.#kernel.engine,
      mode: wall.mode,
      fail: wall.queue.fail,
      queue: wall.queue.number,
      micros: this.#now(),
      rules: rules.map((rule, at) => ({ ...rule, ...hitsOf(rule.name), index: at + 1 })),
      others: [...hits.keys()].filter((name) => !named.has(name)).map(hitsOf),
      held: this.#held(),
      refused: this.#refusedNow(),
      lists: (this.#status?.lists ?? []).map(
        ({ name, merged, addresses, hits, expiresMicros }) => ({
          ...{ name, ranges: merged, addresses, hits },
          ...(expiresMicros !== undefined && { expiresMicros }),
        }),
      ),
      names: (this.#status?.names ?? []).slice(0, SHOWN_MAX),
      decisions: this.#decisions
        .slice(-SHOWN_MAX)
        .reverse()
        .map(({ decision, run }) => decisionTold(decision, run)),
      counters: this.#counters(),
      limits: this.#status?.limits ?? {},
      kernelRules,
    }
  }

  #held(): WallState['held'] {
    const held = this.#status?.held ?? []
    return held.slice(0, limits.pageRowsMax).map(({ host, rule, untilMicros, refused }) => {
      const sinceMicros = this.#since.get(host)
      return {
        ...{ host, rule, untilMicros, named: refused },
        ...(sinceMicros !== undefined && { sinceMicros }),
      }
    })
  }

  #refusedNow(): WallState['refused'] {
    const now = this.#now()
    for (const [key, { untilMicros }] of this.#refused) {
      if (untilMicros <= now) this.#refused.delete(key)
    }
    const all = [...this.#refused.values()]
    return { total: all.length, some: all.slice(-SHOWN_MAX).reverse() }
  }

  #counters(): WallState['counters'] {
    const status = this.#status
    const { packets = 0, bytes = 0, accepted = 0, dropped = 0 } = status ?? {}
    const { resets = 0, decoys = 0, cuts = 0, refused: late = 0, unsaid = 0 } = status ?? {}
    const { waiting = 0, queueDropped = 0, socketDropped = 0 } = status?.queue ?? {}
    return {
      ...{ packets, bytes, accepted, dropped, resets, decoys, cuts, late, unsaid },
      ...{ waiting, queueDropped, socketDropped },
    }
  }

  /** As SIGHUP would read it, without files of lists. */
  preview(policy: string): WallPreview {
    try {
      const next = this.#told(this.#settingsOf(parseConfig(policy, 'policy')))
      const { rules, kernelRules } = this.#inForce
      const ofRule = ({ name, text, action }: InForce['rules'][number]) =>
        JSON.stringify([name, text, action])
      const lines = changes(kernelRules.split('\n'), next.kernelRules.split('\n'), (line) => line)
      return {
        faults: [],
        rules: changes(rules, next.rules, ofRule).map(({ row, change }) => ({ ...row, change })),
        kernel: lines.map(({ row, change }) => ({ text: row, change })),
      }
    } catch (error) {
      if (error instanceof ConfigError) {
        return { faults: error.faults.slice(0, SHOWN_MAX), rules: [], kernel: [] }
      }
      throw error
    }
  }
}

function decisionTold(decision: Decision, run: number): WallState['decisions'][number] {
  const { micros, ends, carrier, action, how, rule, host, why, family, sureness, flow } = decision
  return {
    ...{ micros, ends, carrier, action, rule, host, why, flow: `${run}.${flow}` },
    ...(how !== undefined && { how }),
    ...(family !== undefined && { family }),
    ...(sureness !== undefined && { sureness }),
  }
}
