/**
 * `node dist/bench/wall.js [RUNS]`, as root on Linux: what a wall costs those who do nothing wrong. A client, a
 * gateway and a server in namespaces made here. Prints the tables of bench/results.md, section "Wall".
 * Needs the packages iproute2, iptables (or nftables) and iperf3.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { repositoryFile } from '../src/core/repository.ts'

const MAIN = repositoryFile('dist/program/peerscope.js')
const STREAM_SECONDS = 3
const ECHO_PORT = 7
const ROUNDS = 2000
const FLOOD_FLOWS = 100_000
/** Clock ticks of /proc/PID/stat. */
const TICKS_PER_SECOND = 100

const NAMES = ['client', 'gateway', 'server'] as const
type Name = (typeof NAMES)[number]

const space = (name: Name) => `peerscope-bench-${process.pid}-${name}`

function ip(...args: readonly string[]): void {
  execFileSync('ip', args)
}

function within(name: Name, command: string, ...args: readonly string[]): string {
  return execFileSync('ip', ['netns', 'exec', space(name), command, ...args], { encoding: 'utf8' })
}

function begin(name: Name, command: string, ...args: readonly string[]) {
  return spawn('ip', ['netns', 'exec', space(name), command, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

function lay(): void {
  for (const name of NAMES) ip('netns', 'add', space(name))
  for (const [name, net, end] of [
    ['client', '192.168.7', 'eth0'],
    ['server', '198.51.100', 'eth1'],
  ] as const) {
    const peer = ['peer', 'name', end, 'netns', space('gateway')]
    ip('-n', space(name), 'link', 'add', 'eth0', 'type', 'veth', ...peer)
    ip('-n', space(name), 'address', 'add', `${net}.2/24`, 'dev', 'eth0')
    ip('-n', space('gateway'), 'address', 'add', `${net}.1/24`, 'dev', end)
    ip('-n', space(name), 'link', 'set', 'eth0', 'up')
    ip('-n', space('gateway'), 'link', 'set', end, 'up')
    ip('-n', space(name), 'route', 'add', 'default', 'via', `${net}.1`)
  }
  within('gateway', 'sysctl', '-wq', 'net.ipv4.ip_forward=1')
}

interface Status {
  readonly type: string
  readonly packets: number
  readonly queue: { readonly queueDropped: number; readonly socketDropped: number }
}

/** A wall on the gateway, while `what` is done. */
async function walled<T>(folder: string, what: (wall: Wall) => Promise<T>): Promise<T> {
  const file = join(folder, 'wall.jsonl')
  rmSync(file, { force: true })
  const args = ['wall', '--format', 'ndjson', '-w', file, '--stats', '1']
  const program = begin('gateway', process.execPath, MAIN, ...args)
  const wall = new Wall(file, program.pid!)
  while (wall.last === undefined) await pause(100)
  try {
    return await what(wall)
  } finally {
    const ended = once(program, 'exit')
    program.kill('SIGTERM')
    await ended
  }
}

class Wall {
  readonly #file: string
  readonly #pid: number

  constructor(file: string, pid: number) {
    this.#file = file
    this.#pid = pid
  }

  get last(): Status | undefined {
    if (!existsSync(this.#file)) return undefined
    const lines = readFileSync(this.#file, 'utf8').split('\n').slice(0, -1)
    const all = lines.map((line) => JSON.parse(line) as Status)
    return all.filter(({ type }) => type === 'status').at(-1)
  }

  /** Of the process and those it started, in seconds; fields as in proc(5). */
  get cpuSeconds(): number {
    let ticks = 0
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ')
        const isHis = Number(name) === this.#pid || Number(fields[1]) === this.#pid
        if (isHis) ticks += Number(fields[11]) + Number(fields[12])
      } catch {
        // It ended meanwhile.
      }
    }
    return ticks / TICKS_PER_SECOND
  }
}

/** One TCP connection. @returns bits a second */
function throughput(): number {
  const said = within('client', 'iperf3', '-c', '198.51.100.2', '-t', String(STREAM_SECONDS), '-J')
  return (JSON.parse(said) as { end: { sum_received: { bits_per_second: number } } }).end
    .sum_received.bits_per_second
}

/** There and back, each time between new ports. @returns microseconds, sorted */
function roundTrips(): number[] {
  const code = `
    const { createSocket } = require('node:dgram')
    const times = []
    const once = () => {
      const socket = createSocket('udp4')
      const begun = process.hrtime.bigint()
      socket.on('message', () => {
        times.push(Number(process.hrtime.bigint() - begun) / 1000)
        socket.close()
        if (times.length === ${ROUNDS}) console.log(JSON.stringify(times))
        else once()
      })
      socket.bind(0, () => socket.send('hello', ${ECHO_PORT}, '198.51.100.2'))
    }
    once()
  `
  const times = JSON.parse(within('client', process.execPath, '-e', code)) as number[]
  return times.sort((a, b) => a - b)
}

const ECHO = `
  const socket = require('node:dgram').createSocket('udp4')
  socket.on('message', (bytes, { port, address }) => socket.send(bytes, port, address))
  socket.bind(${ECHO_PORT})
`

/** Of sorted numbers. */
function median(times: readonly number[]): number {
  return times[Math.floor(times.length / 2)]!
}

async function connections(folder: string, runs: number): Promise<string[]> {
  const off: number[] = []
  const on: number[] = []
  let packets = 0
  for (let run = 0; run < runs; run++) {
    off.push(throughput())
    await walled(folder, async (wall) => {
      // A program that starts takes the processor from everybody.
      await pause(2000)
      on.push(throughput())
      await pause(1500)
      // Two connections: what iperf3 agrees upon, and the stream.
      packets = wall.last!.packets
    })
  }
  const [without, withWall] = [Math.max(...off), Math.max(...on)]
  const gigabits = (bits: number) => (bits / 1e9).toFixed(2)
  // A machine that is busy is so for both of a pair, taken one right after the other.
  const pairs = on.map((bits, index) => bits / off[index]!).sort((a, b) => a - b)
  const ratios = `${(withWall / without).toFixed(2)}; median of pairs ${median(pairs).toFixed(2)}`
  return [
    `| one TCP connection, Gbit/s, best | ${gigabits(without)} | ${gigabits(withWall)} | ${ratios} |`,
    `| packets of it and of its control connection that came up | 0 | ${packets} | |`,
  ]
}

async function firstPackets(folder: string): Promise<string[]> {
  const server = begin('server', process.execPath, '-e', ECHO)
  await pause(500)
  const off = roundTrips()
  const on = await walled(folder, async () => roundTrips())
  server.kill()
  const [without, withWall] = [median(off), median(on)]
  const late = (times: readonly number[]) => Math.round(times[Math.floor(times.length * 0.99)]!)
  // A datagram there and its answer: two packets came up.
  const each = Math.round((withWall - without) / 2)
  return [
    `| first datagram and its answer, median µs | ${Math.round(without)} | ${Math.round(withWall)} | ${each} µs a queued packet |`,
    `| the same, 99th percentile µs | ${late(off)} | ${late(on)} | |`,
  ]
}

/** Each frame is of a flow of its own, and they are sent once. */
function flooder(to: string): string {
  const module = (path: string) => JSON.stringify(pathToFileURL(repositoryFile(path)).href)
  return `
    import { sendFrames } from ${module('dist/bench/sender.js')}
    import { udpFrame } from ${module('dist/src/core/packet-maker.js')}
    const station = [${to.split(':').map((part) => `0x${part}`)}]
    const frames = Array.from({ length: ${FLOOD_FLOWS} }, (_, flow) => {
      const from = { ip: '192.168.7.' + (10 + flow % 200), port: 10_000 + Math.floor(flow / 200) }
      const frame = udpFrame(from, { ip: '198.51.100.2', port: 9 }, new Uint8Array(58).fill(0x55))
      frame.set(station)
      return frame
    })
    const begun = performance.now()
    let sent = 0
    for (let at = 0; at < frames.length; at += 500) {
      sent += sendFrames('eth0', frames.slice(at, at + 500), { rounds: 1 })
    }
    console.log(JSON.stringify([sent, (performance.now() - begun) / 1000]))
  `
}

/** Every packet begins a flow. */
async function flood(folder: string): Promise<string[]> {
  const address = execFileSync('ip', [
    'netns',
    'exec',
    space('gateway'),
    'cat',
    '/sys/class/net/eth0/address',
  ])
  return walled(folder, async (wall) => {
    const [before, cpu] = [wall.last!.packets, wall.cpuSeconds]
    const to = address.toString().trim()
    const said = within('client', process.execPath, '--input-type=module', '-e', flooder(to))
    const [sent, seconds] = JSON.parse(said) as [number, number]
    await pause(2000)
    const { packets, queue } = wall.last!
    const read = packets - before
    const perPacket = (1e6 * (wall.cpuSeconds - cpu)) / read
    const lost = queue.queueDropped + queue.socketDropped
    return [
      `| flood of new flows, packets/s | ${Math.round(sent / seconds).toLocaleString('en')} sent | ${Math.round(read / seconds).toLocaleString('en')} decided | ${perPacket.toFixed(1)} µs CPU each; ${lost} lost, the rest passed a full queue |`,
    ]
  })
}

async function main(): Promise<void> {
  const runs = Number(process.argv[2] ?? 3)
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-bench-'))
  lay()
  const iperf = begin('server', 'iperf3', '-s')
  try {
    await pause(500)
    const lines = ['| what | without | with the wall | |', '|---|---:|---:|---|']
    for (const part of [
      () => connections(folder, runs),
      () => firstPackets(folder),
      () => flood(folder),
    ]) {
      const more = await part()
      console.error(more.join('\n'))
      lines.push(...more)
    }
    console.log(lines.join('\n'))
  } finally {
    iperf.kill()
    for (const name of NAMES) ip('netns', 'delete', space(name))
    rmSync(folder, { recursive: true })
  }
}

await main()
