/** The kernel's rules of the wall: installed, looked after, and taken away. */
import type { Refused } from '../../services/wall/judgement.ts'
import type { RulesOptions } from '../../services/wall/rules.ts'
import type { RuleEngine } from '../choices.ts'
import { IptablesRules } from './iptables-rules.ts'
import { NftRules } from './nft-rules.ts'
import type { RulesMade } from './rules-text.ts'
import { ShapedRules } from './shaped-rules.ts'

/** Rules of one engine. Whatever an earlier run left is replaced, and removed too. */
export interface KernelRules {
  readonly made: RulesMade
  /** @throws RulesError; then all is as before */
  install(options: RulesOptions): void
  remove(): void
  /** Whether all that was installed is still there. */
  areThere(): boolean
  /** Endpoints that the kernel refuses also while nobody decides. */
  refuse(refused: readonly Refused[]): void
  /** Another policy holds: those that were are not refused any more. */
  refuseNone(): void
}

/** Rules that somebody else makes. */
export const NO_RULES: KernelRules = {
  made: { by: 'none', sets: false, shaped: [] },
  install: () => undefined,
  remove: () => undefined,
  areThere: () => true,
  refuse: () => undefined,
  refuseNone: () => undefined,
}

interface Choice {
  /** `auto` takes nft where this kernel can queue by it. */
  readonly engine: RuleEngine
  /** Interfaces where HTB keeps the rates that all flows of a rule share. */
  readonly shaped?: readonly string[] | undefined
  /** Told why it is not nft. */
  readonly tell: (text: string) => void
}

export function rulesOf(choice: Choice, options: RulesOptions): KernelRules {
  const { shaped = [] } = choice
  const rules = plainRulesOf(choice, options)
  return shaped.length > 0 ? new ShapedRules(rules, shaped) : rules
}

function plainRulesOf({ engine, tell }: Choice, options: RulesOptions): KernelRules {
  if (engine === 'iptables') return new IptablesRules()
  const nft = new NftRules()
  const refusal = engine === 'nft' ? undefined : nft.refusal(options)
  if (refusal === undefined) return nft
  tell(`${refusal}; the rules are made by iptables`)
  return new IptablesRules()
}
