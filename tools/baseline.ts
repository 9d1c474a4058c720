/**
 * `npm run baseline show|accept [CAPTURE…]`: events of a capture against those accepted earlier, which
 * lie beside it as `x.events.jsonl`. Accepting is done by hand, after reading the difference.
 *
 * Without captures: all that have a baseline.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repositoryFile } from '../src/core/repository.ts'
import { treePaths } from './tree.ts'

const CAPTURE = /\.(?:pcap|pcapng)(?:\.gz|\.zst)?$/

export function baselineOf(capture: string): string {
  return capture.replace(CAPTURE, '.events.jsonl')
}

/** Captures in the tree whose events were accepted. */
export function captures(): string[] {
  return treePaths()
    .filter((path) => CAPTURE.test(path) && existsSync(repositoryFile(baselineOf(path))))
    .map(repositoryFile)
}

/** What Peerscope says of a capture today. It runs beside it, so that no event holds a path. */
export function eventsOf(capture: string): string {
  const main = repositoryFile('dist/src/app/main.js')
  const words = [main, '-r', basename(capture), '--format', 'ndjson']
  const run = spawnSync(process.execPath, words, {
    cwd: dirname(capture),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (run.status !== 0) throw new Error(`${capture}: exit ${run.status}: ${run.stderr.trim()}`)
  return run.stdout
}

/** The difference in the form of `diff -u`, empty where there is none. */
export function difference(capture: string): string {
  const accepted = baselineOf(capture)
  const now = eventsOf(capture)
  if (existsSync(accepted) && readFileSync(accepted, 'utf8') === now) return ''
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-baseline-'))
  try {
    const file = join(folder, 'now.events.jsonl')
    writeFileSync(file, now)
    const before = existsSync(accepted) ? accepted : '/dev/null'
    return spawnSync('diff', ['-u', before, file], { encoding: 'utf8' }).stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function main(): void {
  const [what, ...named] = process.argv.slice(2)
  const files = named.length > 0 ? named : captures()
  if (what !== 'show' && what !== 'accept') {
    console.error('usage: npm run baseline show|accept [CAPTURE…]')
    process.exitCode = 2
    return
  }
  for (const file of files) {
    if (what === 'accept') {
      writeFileSync(baselineOf(file), eventsOf(file))
      continue
    }
    const shown = difference(file)
    if (shown !== '') process.exitCode = 1
    console.log(shown === '' ? `${file}: as accepted` : shown)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main()
