/** The wall's rules by iptables: chains of our own in the mangle tables, one transaction each. */
import type { Refused } from '../../services/wall/judgement.ts'
import { CHAIN, type RulesOptions, VERSIONS, type Version } from '../../services/wall/rules.ts'
import {
  ipsetCreate,
  ipsetDestroy,
  ipsetRefuse,
  ipsetRefuseNone,
  iptablesInstall,
  iptablesIsInstalled,
  iptablesIsLocal,
} from '../../services/wall/rules-iptables.ts'
import type { KernelRules } from './kernel-rules.ts'
import { RulesError, run, runs } from './programs.ts'
import { IPTABLES_RESTORE as RESTORE, type RulesMade } from './rules-text.ts'

const PROGRAM = { 4: 'iptables', 6: 'ip6tables' } as const

export class IptablesRules implements KernelRules {
  /** What the kernel said it had after installation; none where there is no such version. */
  readonly #installed = new Map<Version, string>()
  #hasSets = false

  get made(): RulesMade {
    return { by: 'iptables', sets: runs('ipset', ['list', '-name']), shaped: [] }
  }

  install(options: RulesOptions): void {
    // Not every kernel has such sets.
    this.#hasSets = options.sets && runs('ipset', ['restore'], ipsetCreate())
    const wanted = { ...options, sets: this.#hasSets }
    const done: Version[] = []
    try {
      for (const version of VERSIONS) {
        const before = saved(version)
        // Machines without IPv6 need no rules for it.
        if (before === undefined && version === 6) continue
        this.#restore(version, before ?? '', wanted)
        done.push(version)
        this.#installed.set(version, ownLines(saved(version) ?? ''))
      }
    } catch (error) {
      for (const version of done) clean(version)
      throw error
    }
  }

  /** What is there already is replaced in the same transaction, where nobody touched it. */
  #restore(version: Version, before: string, options: RulesOptions): void {
    const isWhole = ownLines(before) === this.#installed.get(version)
    if (!isWhole) clean(version)
    const stale =
      isWhole && iptablesIsInstalled(before) ? { isLocal: iptablesIsLocal(before) } : undefined
    run(`${PROGRAM[version]}-restore`, RESTORE, iptablesInstall(options, version, stale))
  }

  remove(): void {
    for (const version of VERSIONS) clean(version)
    this.#installed.clear()
    if (this.#hasSets) runs('ipset', ['restore'], ipsetDestroy())
  }

  areThere(): boolean {
    return [...this.#installed].every(
      ([version, lines]) => ownLines(saved(version) ?? '') === lines,
    )
  }

  refuse(refused: readonly Refused[]): void {
    const commands = this.#hasSets ? ipsetRefuse(refused) : ''
    if (commands !== '') runs('ipset', ['restore'], commands)
  }

  refuseNone(): void {
    if (this.#hasSets) runs('ipset', ['restore'], ipsetRefuseNone())
  }
}

/** The mangle table; undefined where there is none. */
function saved(version: Version): string | undefined {
  try {
    return run(`${PROGRAM[version]}-save`, ['-t', 'mangle'])
  } catch (error) {
    if (error instanceof RulesError && version === 6) return undefined
    throw error
  }
}

/** Our chains and who calls them, without counters. */
function ownLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.includes(CHAIN))
    .map((line) => line.replace(/\[\d+:\d+\]/, ''))
    .join('\n')
}

/** Take away what is there of ours, however much that is. */
function clean(version: Version): void {
  const lines = (saved(version) ?? '').split('\n')
  const chains = lines.flatMap((line) => /^:(\S+) /.exec(line)?.[1] ?? []).filter(isOurs)
  if (chains.length === 0) return
  const calls = lines.filter((line) => {
    const [, of, , to] = /^-A (\S+) (.*)-j (\S+)$/.exec(line) ?? []
    return of !== undefined && !isOurs(of) && isOurs(to!)
  })
  const text = [
    '*mangle',
    ...calls.map((line) => line.replace(/^-A/, '-D')),
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
    'COMMIT',
  ]
  run(`${PROGRAM[version]}-restore`, RESTORE, `${text.join('\n')}\n`)
}

function isOurs(chain: string): boolean {
  return chain.startsWith(CHAIN)
}
