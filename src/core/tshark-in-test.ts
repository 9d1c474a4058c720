/** tshark, whose opinion tests ask for; where it is missing they are skipped with a sentence. */
import { execFileSync } from 'node:child_process'
import { isInstalled } from './installed-in-test.ts'

export const NO_TSHARK: string | false =
  !isInstalled('tshark') && 'tshark is not installed: nothing to compare with'

/** What it prints; addresses and ports stay numbers. */
export function tshark(...args: readonly string[]): string {
  return execFileSync('tshark', ['-n', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** These fields of every packet that the filter lets through. */
export function tsharkFields(
  file: string,
  filter: string,
  fields: readonly string[],
  ...options: readonly string[]
): string[][] {
  const wanted = fields.flatMap((field) => ['-e', field])
  const text = tshark('-r', file, ...options, '-Y', filter, '-T', 'fields', ...wanted)
  return text.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]))
}
