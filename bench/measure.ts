/** Runs one program and measures what it took, with /usr/bin/time (Debian package `time`). */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One run, or the best of several. */
export interface Measured {
  readonly seconds: number
  /** Of all cores together. */
  readonly cpuSeconds: number
  /** Largest resident set, in MB (1e6 bytes). */
  readonly rssMb: number
  /** Last line of standard error where the program failed. */
  readonly failed?: string
}

export function measure(command: readonly string[]): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-bench-'))
  const figures = join(folder, 'time')
  const run = spawnSync('/usr/bin/time', ['-o', figures, '-f', '%e %U %S %M', ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (run.error !== undefined) throw new Error('install the package `time`', { cause: run.error })
  const line = readFileSync(figures, 'utf8').trim().split('\n').at(-1)!
  rmSync(folder, { recursive: true })
  const [wall, user, system, kilobytes] = line.split(' ').map(Number)
  return {
    seconds: wall!,
    cpuSeconds: user! + system!,
    rssMb: (kilobytes! * 1024) / 1e6,
    ...(run.status === 0 ? {} : { failed: run.stderr.trim().split('\n').at(-1) ?? '' }),
  }
}

/** The run with the least wall time: what disturbs a run only makes it longer. */
export function bestOf(runs: readonly Measured[]): Measured {
  return runs.reduce((best, run) => (run.seconds < best.seconds ? run : best))
}
