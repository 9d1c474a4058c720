/**
 * `node --expose-gc dist/bench/honeynet.js`: what a honeynet answers a second. First in memory, packets
 * in and out; then, as root on Linux, in namespaces made here: a flood through the kernel, a TUN device and
 * the whole program. Prints the tables of bench/results.md, section "Honeynet". Needs iproute2.
 *
 * `node dist/bench/honeynet.js flood syn|udp SECONDS` is the sender.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { bytesOf } from '../src/core/bytes.ts'
import { tcpFrame, udpFrame } from '../src/core/packet-maker.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { protocols } from '../src/protocols/index.ts'
import { Honeynet } from '../src/services/honeynet/honeynet.ts'
import { Packet } from '../src/services/honeynet/packet.ts'
import { sendFrames } from './sender.ts'

const MAIN = repositoryFile('dist/src/app/main.js')
const SELF = repositoryFile('dist/bench/honeynet.js')
const ETHERNET_BYTES = 14
const SYN = 2
const ACK = 0x18
const SOURCES = 65_536
const ROUNDS = 5
const SECONDS = 6
/** Clock ticks of /proc/PID/stat. */
const TICKS_PER_SECOND = 100
const ANSWERS_MAX = 1_000_000_000
const FROM = 'peerscope-flood'
const TO = 'peerscope-dark'

type Kind = 'syn' | 'udp'

const QUERY = bytesOf(
  'd1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe',
)
const HELLO = bytesOf(
  `\x13BitTorrent protocol${'\0'.repeat(5)}\x10\0\0${'h'.repeat(20)}-TR4000-abcdefghijkl`,
)

/** Each from another host in another /24 of 100.64.0.0/10, to another dark address. */
function endsOf(source: number) {
  const high = Math.floor(source / 256)
  const from = {
    ip: `100.${64 + (source % 64)}.${high}.${1 + (source % 250)}`,
    port: 20_000 + high,
  }
  return [from, { ip: `10.99.${high}.${source % 256}`, port: 6881 }] as const
}

function frames(kind: Kind): Uint8Array[] {
  return Array.from({ length: SOURCES }, (_, source) => {
    const [from, to] = endsOf(source)
    const fields = { sequence: source, acknowledged: 0, flags: SYN }
    return kind === 'syn' ? tcpFrame(from, to, fields) : udpFrame(from, to, QUERY)
  })
}

function honeynet(send: (packet: Uint8Array) => void): Honeynet {
  const options = { network: 0x0a630000, bits: 16, key: [1, 2] as const, answersMax: ANSWERS_MAX }
  return new Honeynet(protocols, options, send)
}

function inMemory(kind: Kind): void {
  const packets = frames(kind).map((frame) => frame.subarray(ETHERNET_BYTES))
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    let answers = 0
    const net = honeynet(() => answers++)
    const begun = performance.now()
    for (const packet of packets) net.packet(packet, 1e15)
    best = Math.min(best, performance.now() - begun)
    if (answers !== SOURCES) throw new Error(`${answers} of ${SOURCES} were answered`)
  }
  const perSecond = Math.round((1000 * SOURCES) / best)
  console.log(`| ${kind}, in memory | ${perSecond.toLocaleString('en')} |`)
}

/** What is kept of a caller: of one that sent a SYN, and of one that said something. */
function memory(): void {
  const answers: Uint8Array[] = []
  const net = honeynet((packet) => answers.push(packet))
  const used = () => {
    globalThis.gc!()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const packets = frames('syn').map((frame) => frame.subarray(ETHERNET_BYTES))
  const before = used()
  for (const packet of packets) net.packet(packet, 1e15)
  const numbers = answers.splice(0).map((bytes) => {
    const packet = new Packet()
    packet.read(bytes)
    return packet.sequence
  })
  const afterSyns = used()
  for (const [source, number] of numbers.entries()) {
    const [from, to] = endsOf(source)
    const fields = { sequence: source + 1, acknowledged: number + 1, flags: ACK }
    net.packet(tcpFrame(from, to, fields, HELLO).subarray(ETHERNET_BYTES), 1e15)
    answers.length = 0
  }
  const per = (bytes: number) => Math.round(bytes / SOURCES)
  console.log(`bytes a source: SYN ${per(afterSyns - before)}, greeted ${per(used() - afterSyns)}`)
  if (net.open !== SOURCES) throw new Error(`${net.open} connections`)
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args)
}

/** A cable between two namespaces; what comes for the dark side is passed on to its device. */
function lay(): void {
  for (const namespace of [FROM, TO]) ip('netns', 'add', namespace)
  ip('-n', FROM, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', TO)
  ip('-n', TO, 'link', 'set', 'eth0', 'address', '02:00:00:00:00:02')
  for (const namespace of [FROM, TO]) ip('-n', namespace, 'link', 'set', 'eth0', 'up')
  ip('-n', TO, 'addr', 'add', '192.0.2.2/24', 'dev', 'eth0')
  const neighbour = ['192.0.2.1', 'lladdr', '02:00:00:00:00:01', 'dev', 'eth0']
  ip('-n', TO, 'neigh', 'add', ...neighbour)
  ip('-n', TO, 'route', 'add', 'default', 'via', '192.0.2.1')
  ip('netns', 'exec', TO, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1')
}

function removeAll(): void {
  for (const namespace of [FROM, TO]) {
    try {
      execFileSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' })
    } catch {
      // It was not there.
    }
  }
}

interface Stand {
  readonly cpuSeconds: number
  readonly megabytes: number
}

function standOf(pid: number): Stand {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  const most = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  return { cpuSeconds, megabytes: Math.round(Number(most) / 1024) }
}

async function flooded(kind: Kind): Promise<void> {
  removeAll()
  lay()
  const words = ['honeynet', '--dark', '10.99.0.0/16', '--rate', String(ANSWERS_MAX)]
  const netns = ['netns', 'exec', TO, process.execPath, MAIN, ...words]
  const program = spawn('ip', netns, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  program.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString()
  })
  while (!said.includes('answers on')) await pause(100)
  const before = standOf(program.pid!)
  const begun = performance.now()
  const sender = ['netns', 'exec', FROM, process.execPath, SELF, 'flood', kind, String(SECONDS)]
  const flood = spawn('ip', sender, { stdio: ['ignore', 'pipe', 'inherit'] })
  let sent = 0
  flood.stdout.on('data', (bytes: Buffer) => {
    sent += Number(bytes.toString())
  })
  await once(flood, 'exit')
  const seconds = (performance.now() - begun) / 1000
  const after = standOf(program.pid!)
  program.kill('SIGTERM')
  await once(program, 'exit')
  removeAll()
  const line = said.replaceAll(',', '')
  const pattern = kind === 'syn' ? /(\d+) SYNs/ : /and (\d+) of \d+ datagrams/
  const answered = Number(pattern.exec(line)![1])
  const unread = Number(/(\d+) packets were answered and not read/.exec(line)?.[1] ?? 0)
  const packets = Number(/(\d+) packets;/.exec(line)![1]) + answered
  const unreadShare = Math.round((100 * unread) / packets)
  const cpu = after.cpuSeconds - before.cpuSeconds
  const figures = [sent / SECONDS, answered / seconds, answered / cpu].map((figure) =>
    Math.round(figure).toLocaleString('en'),
  )
  console.log(
    `| ${kind} | ${figures.join(' | ')} | ${cpu.toFixed(1)} | ${after.megabytes} | ${unreadShare} % |`,
  )
}

if (process.argv[2] === 'flood') {
  const [kind, seconds] = process.argv.slice(3) as [Kind, string]
  console.log(sendFrames('eth0', frames(kind), { seconds: Number(seconds) }))
} else {
  for (const kind of ['syn', 'udp'] as const) inMemory(kind)
  memory()
  console.log(
    '| flood | sent/s | answered/s | answered per CPU second | CPU seconds | MB at most |',
  )
  for (const kind of ['syn', 'udp'] as const) await flooded(kind)
}
