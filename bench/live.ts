/**
 * `node dist/bench/live.js [RUNS]`, as root on Linux: an interface is watched while frames are sent on
 * it as fast as one process can, by both ways of capturing. Everything is in namespaces made here.
 * Prints the table of bench/results.md, section "Live". Needs the package iproute2.
 *
 * `node dist/bench/live.js RUNS HOGS`: only the replayed swarm by the ring, beside so many programs that
 * compute all the time; all runs are told.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { repositoryFile, sharedCapture } from '../src/core/repository.ts'

const SECONDS = 4
const FLOWS = 512
const MAIN = repositoryFile('dist/program/peerscope.js')
const SENDER = repositoryFile('dist/bench/sender.js')
/** Clock ticks of /proc/PID/stat. */
const TICKS_PER_SECOND = 100

// biome-ignore format: a table
const WAYS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['ring',              ['--capture', 'ring']],
  ['ring, two threads', ['--capture', 'ring', '--workers', '2']],
  ['pipe',              ['--capture', 'pipe']],
]

/** Frames of one size; what it is called, what the sender is told. */
const SIZES = [
  ['64 bytes', '64'],
  ['1,500 bytes', '1500'],
] as const

/** Rings of the busy machine, in MiB; undefined: what it takes by itself. */
const RINGS = ['64', undefined] as const

interface Measured {
  readonly sent: number
  readonly sentPerSecond: number
  readonly read: number
  readonly dropped: number
  readonly cpuSeconds: number
  readonly ringUse: number
}

/** Two namespaces, and a folder for what is written. */
interface Bench {
  readonly from: string
  readonly to: string
  readonly folder: string
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args)
}

/** Two namespaces and a cable between them. */
function lay(from: string, to: string): void {
  ip('netns', 'add', from)
  ip('netns', 'add', to)
  ip('-n', from, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', to)
  for (const namespace of [from, to]) {
    ip('-n', namespace, 'link', 'set', 'eth0', 'mtu', '65535', 'up')
  }
}

/** CPU of a process and of those it started, in seconds; fields as in proc(5). */
function cpuSeconds(pid: number): number {
  let ticks = 0
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ')
      const isHis = Number(name) === pid || Number(fields[1]) === pid
      if (isHis) ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks / TICKS_PER_SECOND
}

async function measure(
  { from, to, folder }: Bench,
  what: string,
  args: readonly string[],
): Promise<Measured> {
  const file = join(folder, 'out.jsonl')
  rmSync(file, { force: true })
  const live = [MAIN, 'live', '-i', 'eth0', '-q', '--format', 'ndjson', '-w', file, '--stats', '1']
  const watch = spawn('ip', ['netns', 'exec', to, process.execPath, ...live, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const lines = () =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1).map(parsed) : []
  while (!lines().some(({ type }) => type === 'status')) await pause(100)
  const before = cpuSeconds(watch.pid!)
  const sending = [SENDER, 'eth0', what, String(FLOWS), String(SECONDS)]
  const sender = spawn('ip', ['netns', 'exec', from, process.execPath, ...sending])
  const [said] = (await once(sender.stdout, 'data')) as [Buffer]
  await pause(1500)
  const after = cpuSeconds(watch.pid!)
  const use = lines().flatMap(({ type, ringUse }) => (type === 'status' ? [ringUse ?? 0] : []))
  const ended = once(watch, 'exit')
  watch.kill('SIGTERM')
  await ended
  const totals = lines().at(-1)!
  const [sent, seconds] = said.toString().split(' ').map(Number)
  return {
    sent: sent!,
    sentPerSecond: sent! / seconds!,
    read: totals.packets,
    dropped: totals.live.dropped,
    cpuSeconds: after - before,
    ringUse: Math.max(...use),
  }
}

interface Line {
  readonly type: string
  readonly packets: number
  readonly ringUse?: number
  readonly live: { readonly dropped: number }
}

function parsed(line: string): Line {
  return JSON.parse(line) as Line
}

function row(what: string, name: string, { sent, read, dropped, ...more }: Measured): string {
  const cells = [
    sent.toLocaleString('en'),
    Math.round(more.sentPerSecond).toLocaleString('en'),
    read.toLocaleString('en'),
    dropped.toLocaleString('en'),
    name === 'pipe' ? '' : `${Math.round(100 * more.ringUse)} %`,
    more.cpuSeconds.toFixed(2),
    ((1e6 * more.cpuSeconds) / read).toFixed(2),
  ]
  return `| ${what} | ${name} | ${cells.join(' | ')} |`
}

/** The table of a machine of its own: the best of some runs each. */
async function compared(runs: number, bench: Bench): Promise<string[]> {
  const lines = [
    '| what | way | sent | sent/s | read | dropped | ring at most | CPU seconds | µs CPU a packet |',
    '|---|---|---:|---:|---:|---:|---:|---:|---:|',
  ]
  const swarm = sharedCapture('bench/swarm.pcap')
  const captures = swarm === undefined ? [] : [['a swarm, replayed', swarm] as const]
  for (const [title, what] of [...SIZES, ...captures]) {
    for (const [name, args] of WAYS) {
      const all: Measured[] = []
      for (let run = 0; run < runs; run++) all.push(await measure(bench, what, args))
      // Others on the machine only slow the sender down.
      const best = all.reduce((so, one) => (one.sentPerSecond > so.sentPerSecond ? one : so))
      lines.push(row(title, name, best))
      console.error(lines.at(-1))
    }
  }
  return lines
}

/** The table of a machine that is busy: all runs. */
async function besideHogs(runs: number, hogs: number, bench: Bench): Promise<string[]> {
  const lines = [
    `| ring, ${hogs} others computing | dropped in each run, of 72,000 | ring at most |`,
    '|---|---|---|',
  ]
  const swarm = sharedCapture('bench/swarm.pcap')!
  const others = Array.from({ length: hogs }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  )
  try {
    for (const ring of RINGS) {
      const args = ring === undefined ? [] : ['--ring', ring]
      const all: Measured[] = []
      for (let run = 0; run < runs; run++) {
        all.push(await measure(bench, swarm, ['--capture', 'ring', ...args]))
      }
      const dropped = all.map((one) => one.dropped.toLocaleString('en'))
      const use = all.map((one) => `${Math.round(100 * one.ringUse)} %`)
      lines.push(`| ${ring ?? 'default'} | ${dropped.join(', ')} | ${use.join(', ')} |`)
      console.error(lines.at(-1))
    }
  } finally {
    for (const other of others) other.kill()
  }
  return lines
}

async function main(): Promise<void> {
  const [runs = 3, hogs = 0] = process.argv.slice(2).map(Number)
  const from = `peerscope-bench-${process.pid}-from`
  const to = `peerscope-bench-${process.pid}-to`
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-bench-'))
  const bench = { from, to, folder }
  lay(from, to)
  try {
    const lines = hogs > 0 ? await besideHogs(runs, hogs, bench) : await compared(runs, bench)
    console.log(lines.join('\n'))
  } finally {
    ip('netns', 'delete', from)
    ip('netns', 'delete', to)
    rmSync(folder, { recursive: true })
  }
}

await main()
