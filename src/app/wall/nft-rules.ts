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
import { RulesError, run, runs } from './programs.ts'
import type { RulesMade } from './rules-text.ts'

/** The elements that one command adds. */
const ELEMENTS_MAX = 4096

export class NftRules implements KernelRules {
  readonly made: RulesMade = { by: 'nft', sets: true, shaped: [] }
  #installed = ''
  #hasSets = false

  /**
   * Asks the kernel, which does nothing.
   * @returns why it would not take the rules; undefined where it would
   */
  refusal(options: RulesOptions): string | undefined {
    try {
      told(['--check'], nftInstall(options))
      return undefined
    } catch (error) {
      if (error instanceof RulesError) return error.message
      throw error
    }
  }

  install(options: RulesOptions): void {
    told([], nftInstall(options))
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

/** A kernel without NFT_QUEUE says of the statement that queues only that something is not there. */
function told(args: readonly string[], rules: string): void {
  try {
    run('nft', [...args, '--file', '-'], rules)
  } catch (error) {
    const line = Number(/:(\d+):[\d-]+: Error:/.exec((error as Error).message)?.[1])
    if (!rules.split('\n')[line - 1]?.includes(' queue ')) throw error
    throw new RulesError('nft: this kernel has no queue for nft (NFT_QUEUE)', { cause: error })
  }
}
