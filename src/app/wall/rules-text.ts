/** The kernel's rules as text: what would be said, and to which program. No right is needed for it. */
import { htbCommands, type RulesOptions, VERSIONS } from '../../services/wall/rules.ts'
import { ipsetCreate, iptablesInstall } from '../../services/wall/rules-iptables.ts'
import { nftInstall } from '../../services/wall/rules-nft.ts'

/** How rules are made. */
export interface RulesMade {
  readonly by: 'nft' | 'iptables' | 'none'
  /** iptables: refused endpoints are kept by ipset. */
  readonly sets: boolean
  /** Interfaces whose rates HTB keeps. */
  readonly shaped: readonly string[]
}

/** What a page tells of the kernel's rules. */
export interface RulesTold {
  readonly engine: string
  text(options: RulesOptions): string
}

export function rulesTold({ by, sets, shaped }: RulesMade): RulesTold {
  return {
    engine: shaped.length > 0 ? `${by}, htb` : by,
    text: (given) => {
      const options = shaped.length > 0 ? { ...given, htb: true } : given
      const commands = htbCommands(options, shaped).map((command) => `${command}\n`)
      return `${commands.join('')}${textBy(by, { ...options, sets: options.sets && sets })}`
    },
  }
}

export const IPTABLES_RESTORE = ['--noflush', '--wait', '5']

function textBy(by: RulesMade['by'], options: RulesOptions): string {
  if (by === 'none') return ''
  if (by === 'nft') return `# nft --file -\n${nftInstall(options)}`
  const tables = VERSIONS.map((version) => {
    const program = version === 4 ? 'iptables' : 'ip6tables'
    const text = iptablesInstall(options, version)
    return `# ${program}-restore ${IPTABLES_RESTORE.join(' ')}\n${text}`
  })
  return `${options.sets ? `# ipset restore\n${ipsetCreate()}` : ''}${tables.join('')}`
}
