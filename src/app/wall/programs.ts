/** Programs that change the kernel's rules: what they are given, and what they say. */
import { execFileSync } from 'node:child_process'

const SECONDS_MAX = 20

/** The kernel's rules are not as they should be, and a program says why. */
export class RulesError extends Error {
  override readonly name = 'RulesError'
}

/** @throws RulesError with what it said */
export function run(command: string, args: readonly string[], input = ''): string {
  try {
    return execFileSync(command, args, {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: 1000 * SECONDS_MAX,
      // Texts that are looked at are in no language.
      env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C' },
    })
  } catch (error) {
    const { code, stderr } = error as { readonly code?: string; readonly stderr?: string }
    const said = code === 'ENOENT' ? 'is not installed' : (stderr ?? '').trim().split('\n')[0]
    throw new RulesError(`${command}: ${said || (error as Error).message}`, { cause: error })
  }
}

export function runs(command: string, args: readonly string[], input = ''): boolean {
  try {
    run(command, args, input)
    return true
  } catch {
    return false
  }
}
