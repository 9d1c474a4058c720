/**
 * Rules of another engine, and HTB on some interfaces: rates that all flows of a rule share are kept
 * by waiting, not by dropping. The root of these interfaces' queues is replaced, hence only where it is asked for.
 */
import type { Refused } from '../../services/wall/judgement.ts'
import {
  HTB_HANDLE,
  htbCommands,
  htbRemoval,
  type RulesOptions,
} from '../../services/wall/rules.ts'
import type { KernelRules } from './kernel-rules.ts'
import { run, runs } from './programs.ts'
import type { RulesMade } from './rules-text.ts'

export class ShapedRules implements KernelRules {
  readonly #inner: KernelRules
  readonly #interfaces: readonly string[]
  #isShaping = false

  constructor(inner: KernelRules, interfaces: readonly string[]) {
    this.#inner = inner
    this.#interfaces = interfaces
  }

  get made(): RulesMade {
    return { ...this.#inner.made, shaped: this.#interfaces }
  }

  #commands(options: RulesOptions): string[] {
    return htbCommands({ ...options, htb: true }, this.#interfaces)
  }

  /** Classes are there before a packet is put into one. */
  install(options: RulesOptions): void {
    this.#unshape()
    const commands = this.#commands(options)
    this.#isShaping = commands.length > 0
    for (const command of commands) runWords(command)
    this.#inner.install({ ...options, htb: true })
  }

  remove(): void {
    this.#inner.remove()
    this.#unshape()
  }

  /** Also what an earlier run left; a queue of somebody else stays. */
  #unshape(): void {
    for (const command of htbRemoval(this.#interfaces.filter(isShaped))) {
      const [program, ...args] = command.split(' ')
      runs(program!, args)
    }
  }

  areThere(): boolean {
    return this.#inner.areThere() && (!this.#isShaping || this.#interfaces.every(isShaped))
  }

  refuse(refused: readonly Refused[]): void {
    this.#inner.refuse(refused)
  }

  refuseNone(): void {
    this.#inner.refuseNone()
  }
}

function isShaped(name: string): boolean {
  return run('tc', ['qdisc', 'show', 'dev', name]).includes(
    `qdisc htb ${HTB_HANDLE.toString(16)}: root`,
  )
}

function runWords(command: string): void {
  const [program, ...args] = command.split(' ')
  run(program!, args)
}
