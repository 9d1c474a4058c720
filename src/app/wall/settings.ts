/** What a wall is to do: the configuration, and the command line, which has the last word. */
import { Policy } from '../../services/wall/policy.ts'
import type { RulesOptions } from '../../services/wall/rules.ts'
import type { WallConfig } from '../../services/wall/schema.ts'
import type { RuleEngine } from '../choices.ts'
import type { Config, ConfigFlags } from '../config/config.ts'

/** The command line, as commander hands it over. */
export interface RulesFlags extends ConfigFlags {
  readonly queue?: number
  readonly interfaceIn?: readonly string[]
  readonly local?: boolean
  readonly engine: RuleEngine
}

export interface WallSettings {
  readonly config: Config
  readonly wall: WallConfig
  readonly networks: Config['networks']
  readonly rulesOptions: RulesOptions
}

export function settingsOf(config: Config, flags: RulesFlags): WallSettings {
  const { networks } = config
  const { queue, ...rest } = config.wall
  const wall = {
    ...rest,
    ...(flags.local && { local: true }),
    queue: { ...queue, ...(flags.queue !== undefined && { number: flags.queue }) },
  }
  const rulesOptions = {
    queue: wall.queue.number,
    fail: wall.queue.fail,
    local: wall.local,
    throttles: new Policy(wall, networks).throttles,
    ours: networks.flatMap(({ cidrs }) => cidrs),
    sets: true,
    htb: false,
  }
  return { config, wall, networks, rulesOptions }
}
