/**
 * `npm run baseline show|accept [CAPTURE…]`: events of a capture against those accepted earlier, which
 * lie beside it as `x.events.jsonl`. Accepting is done by hand, after reading the difference.
 *
 * Without captures: all that have a baseline.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readCaptures } from '../src/app/pipeline.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { treePaths } from './tree.ts'

const CAPTURE = /\.(?:pcap|pcapng)(?:\.gz|\.zst)?$/

function baselineOf(capture: string): string {
  return capture.replace(CAPTURE, '.events.jsonl')
}

/** Captures in the tree whose events were accepted. */
export function captures(): string[] {
  return treePaths()
    .filter((path) => CAPTURE.test(path) && existsSync(repositoryFile(baselineOf(path))))
    .map(repositoryFile)
}

/** What Peerscope says of a capture today, an event a line. Read from beside it: no event holds a path. */
async function eventsOf(capture: string): Promise<string> {
  const lines: string[] = []
  const before = process.cwd()
  process.chdir(dirname(resolve(capture)))
  try {
    const files = [basename(capture)]
    await readCaptures({ files, flows: true }, (event) => lines.push(`${JSON.stringify(event)}\n`))
  } finally {
    process.chdir(before)
  }
  return lines.join('')
}

/** The difference in the form of `diff -u`, empty where there is none. */
export async function difference(capture: string): Promise<string> {
  const accepted = baselineOf(capture)
  const now = await eventsOf(capture)
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

async function main(): Promise<void> {
  const [what, ...named] = process.argv.slice(2)
  const files = named.length > 0 ? named : captures()
  if (what !== 'show' && what !== 'accept') {
    console.error('usage: npm run baseline show|accept [CAPTURE…]')
    process.exitCode = 2
    return
  }
  for (const file of files) {
    if (what === 'accept') {
      writeFileSync(baselineOf(file), await eventsOf(file))
      continue
    }
    const shown = await difference(file)
    if (shown !== '') process.exitCode = 1
    console.log(shown === '' ? `${file}: as accepted` : shown)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
