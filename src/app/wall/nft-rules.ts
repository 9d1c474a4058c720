/** The wall's rules by nft: one table, one transaction. */
import type { Refused } from '../../services/wall/judgement.ts'
import { type RulesOptions, TABLE } from '../../services/wall/rules.ts'
import {
  nftInstall,
  nftIsInstalled,
  nftRefuse,
  nftRefuseNone,
  nftRemove,
} from '../../services/wall/rules-nft.ts'
import type { KernelRules } from './kernel-rules.ts'
import { run, runs } from './programs.ts'

/** The elements that one command adds. */
const ELEMENTS_MAX = 4096

export class NftRules implements KernelRules {
  readonly engine = 'nft'
  #installed = ''
  #hasSets = false

  /** Asks the kernel, which does nothing. */
  canInstall(options: RulesOptions): boolean {
    return runs('nft', ['--check', '--file', '-'], nftInstall(options))
  }

  text(options: RulesOptions): string {
    return `# nft --file -\n${nftInstall(options)}`
  }

  install(options: RulesOptions): void {
    run('nft', ['--file', '-'], nftInstall(options))
    this.#hasSets = options.sets
    this.#installed = this.#listing()
  }

  remove(): void {
    if (nftIsInstalled(run('nft', ['list', 'tables']))) run('nft', ['--file', '-'], nftRemove())
    this.#installed = ''
  }

  areThere(): boolean {
    if (!nftIsInstalled(run('nft', ['list', 'tables']))) return false
    return this.#listing() === this.#installed
  }

  /** Without counters and without what is in sets. */
  #listing(): string {
    return run('nft', ['--stateless', '--terse', 'list', 'table', 'inet', TABLE])
  }

  refuse(refused: readonly Refused[]): void {
    if (!this.#hasSets) return
    for (let at = 0; at < refused.length; at += ELEMENTS_MAX) {
      const commands = nftRefuse(refused.slice(at, at + ELEMENTS_MAX))
      if (commands !== '') runs('nft', ['--file', '-'], commands)
    }
  }

  refuseNone(): void {
    if (this.#hasSets) runs('nft', ['--file', '-'], nftRefuseNone())
  }
}
