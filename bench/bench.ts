/**
 * `npm run bench [-- RUNS]`: whole captures, side by side with ndpiReader, tshark and tcpdump in one run.
 * Writes bench/results.md, and keeps what stands there from the lab on: other programs of this folder
 * measured that, and people wrote it down. The generated capture is made once, in bench/data (not kept
 * in git).
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { repositoryFile, sharedCapture } from '../src/core/repository.ts'
import { generateMix } from './generate.ts'
import { bestOf, type Measured, measure } from './measure.ts'
import { repeatCapture } from './repeat.ts'

interface Program {
  readonly name: string
  readonly command: (capture: string) => readonly string[]
  /** Fewer runs for a program that takes minutes. */
  readonly runsMax?: number
}

const MAIN = repositoryFile('dist/program/peerscope.js')

const PROGRAMS: readonly Program[] = [
  { name: 'peerscope', command: (file) => [process.execPath, MAIN, '-r', file] },
  { name: 'ndpiReader -q', command: (file) => ['ndpiReader', '-q', '-i', file] },
  {
    name: 'tshark -q -z io,phs',
    command: (file) => ['tshark', '-r', file, '-q', '-z', 'io,phs'],
    runsMax: 1,
  },
  { name: "tcpdump 'tcp port 1'", command: (file) => ['tcpdump', '-r', file, 'tcp port 1'] },
  { name: 'node, starting alone', command: () => [process.execPath, '-e', ''] },
  { name: 'cat (reading alone)', command: (file) => ['cat', file] },
]

interface Capture {
  readonly title: string
  readonly file: string
}

async function captures(): Promise<Capture[]> {
  const mix = repositoryFile('bench/data/mix.pcap')
  if (!existsSync(mix)) {
    mkdirSync(repositoryFile('bench/data'), { recursive: true })
    console.error('making bench/data/mix.pcap …')
    generateMix(mix, 2_000_000, 200_000)
  }
  const found = [
    { title: 'Generated: 2 million packets, 200,000 flows, 8 % of them P2P', file: mix },
  ]
  const swarm = sharedCapture('bench/swarm.pcap')
  if (swarm === undefined) console.error('no swarm.pcap beside the project: left out')
  else {
    found.push({ title: 'A swarm of 13 real BitTorrent clients', file: swarm })
    const long = repositoryFile('bench/data/swarm-20.pcap')
    if (!existsSync(long)) await repeatCapture(swarm, long, 20)
    found.push({ title: 'The same swarm 20 times, so that starting up counts little', file: long })
  }
  return found
}

function isThere(program: string): boolean {
  return existsSync(program) || spawnSync('which', [program]).status === 0
}

function measureAll(file: string, runs: number): Map<string, Measured> {
  // Everybody reads from the page cache.
  measure(['cat', file])
  const kept = new Map<string, Measured[]>()
  for (let run = 0; run < runs; run++) {
    for (const program of PROGRAMS) {
      const command = program.command(file)
      if (run >= (program.runsMax ?? runs) || !isThere(command[0]!)) continue
      console.error(`${program.name} ${run + 1}/${program.runsMax ?? runs}`)
      kept.set(program.name, [...(kept.get(program.name) ?? []), measure(command)])
    }
  }
  return new Map([...kept].map(([name, all]) => [name, bestOf(all)]))
}

function table(figures: ReadonlyMap<string, Measured>): string[] {
  const own = figures.get('peerscope')!
  const rows = [...figures].map(([name, { seconds, cpuSeconds, rssMb, failed }]) => {
    const ratio = (seconds / own.seconds).toFixed(2)
    const memory = (rssMb / own.rssMb).toFixed(2)
    const cells = [seconds.toFixed(2), cpuSeconds.toFixed(2), rssMb.toFixed(0), ratio, memory]
    return `| ${name}${failed === undefined ? '' : ` (failed: ${failed})`} | ${cells.join(' | ')} |`
  })
  return [
    '| program | seconds | CPU seconds | MB at most | time, peerscope = 1 | memory, peerscope = 1 |',
    '|---|---:|---:|---:|---:|---:|',
    ...rows,
  ]
}

function machine(): string {
  const [first] = cpus()
  const version = (command: string, args: string[]) => {
    const said = spawnSync(command, args, { encoding: 'utf8' })
    return /\d+\.\d+[\w.]*/.exec(`${said.stdout}${said.stderr}`)?.[0] ?? '?'
  }
  return [
    `${cpus().length} cores of ${first?.model ?? '?'}, ${(totalmem() / 1e9).toFixed(0)} GB`,
    `Node ${process.versions.node}, nDPI ${version('ndpiReader', ['-h'])}`,
    `tshark ${version('tshark', ['-v'])}, tcpdump ${version('tcpdump', ['--version'])}`,
  ].join('; ')
}

const RESULTS = repositoryFile('bench/results.md')
const BY_HAND = '## The lab'

/** What is measured by hand, and kept. */
function sectionsByHand(): string {
  const before = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : ''
  const at = before.indexOf(BY_HAND)
  return at < 0 ? '' : `\n${before.slice(at)}`
}

async function main(): Promise<void> {
  const runs = Number(process.argv[2] ?? 3)
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const lines = [
    '# Whole captures, side by side',
    '',
    '<!-- Made by `npm run bench`. -->',
    '',
    `- Machine: ${machine()}`,
    `- Commit ${commit}, ${new Date().toISOString().slice(0, 10)}`,
    `- Best of ${runs} runs taken in turn (tshark: one), capture in the page cache, output discarded.`,
  ]
  const loadBefore = loadavg()[0]!
  const body: string[] = []
  for (const { title, file } of await captures()) {
    const megabytes = (statSync(file).size / 1e6).toFixed(0)
    body.push(`## ${title} (${megabytes} MB)`, '', ...table(measureAll(file, runs)), '')
  }
  const load = [loadBefore, loadavg()[0]!].map((value) => value.toFixed(1))
  lines.push(
    `- Load of the machine when it began ${load[0]}, when it ended ${load[1]}: where it is more than 1,`,
    '  others ran as well, and CPU seconds say more than seconds.',
    '',
    ...body,
  )
  writeFileSync(RESULTS, lines.join('\n') + sectionsByHand())
  console.log(lines.join('\n'))
}

await main()
