/** What a person is told beside the data, on standard error. */
import { shown } from '../core/text.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Totals } from './pipeline.ts'

export function warn(text: string): void {
  process.stderr.write(`peerscope: ${text}\n`)
}

/** A file of a folder that is called a capture and is none. */
export function tellLeftOut({ message }: Error): void {
  warn(`${shown(message)}; it was left out`)
}

/** @returns how the program ends for it */
export function tellDamage({ damage }: Pick<Totals, 'damage'>): ExitCode {
  for (const { capture, offset, cause } of damage) {
    warn(`${shown(capture)}: damaged at byte ${offset}: ${shown(cause)}; what came before was read`)
  }
  return damage.length > 0 ? EXIT.damaged : EXIT.ok
}
