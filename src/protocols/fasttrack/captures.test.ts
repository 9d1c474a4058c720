/** Captures: every flow of the family is found, and what its makers know is what the flows say. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { factsOfFlow, flowsOf, lookAt, transcriptOf } from '../../core/captured-flows.ts'
import type { Said } from '../../core/event.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { feed } from '../../core/session-check.ts'
import { makeTransfers } from './fixtures/make-transfers.ts'
import { fasttrack } from './index.ts'

interface Read {
  readonly said: Said[]
  /** Parts of the flows that were recognised, counted. */
  readonly parts: { [part: string]: number }
}

function read(path: string): Read {
  const result: Read = { said: [], parts: {} }
  for (const flow of flowsOf(readFileSync(path))) {
    const sight = fasttrack.recognise(lookAt(flow))
    if (typeof sight === 'string') continue
    result.parts[sight.part] = (result.parts[sight.part] ?? 0) + 1
    const transcript = transcriptOf(flow)
    result.said.push(...feed(fasttrack, factsOfFlow(flow, sight.part), transcript).kept.said)
  }
  return result
}

/** `SOURCES.md` beside it says where its content is known from. */
const CONTENT = 'urn:kzhash:8814c762de1dd9b6fb5975b646c1d7818a1c0b7e'

test('the fixture: a link, a ping, a refused and a begun download; logs keep to the schema', () => {
  const { said, parts } = read(repositoryFile('src/protocols/fasttrack/fixtures/session.pcap'))
  const made = read(repositoryFile('src/protocols/fasttrack/fixtures/transfers.pcap'))
  assert.deepEqual(parts, { supernode: 1, udp: 1, transfer: 2 })
  const check = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
    fasttrack.logs!.fasttrack!,
  )
  let lines = 0
  for (const one of [...said, ...made.said]) {
    if (one.type !== 'message') continue
    lines++
    assert.ok(check(one.fields), `${one.name}: ${JSON.stringify(check.errors)}`)
  }
  assert.equal(lines, 7 + 6 + 3 + 4)
  const supernodes = said.flatMap((one) =>
    one.type === 'claim' && one.part === 'supernode' ? `${one.about.ip} ${one.via}` : [],
  )
  assert.deepEqual(supernodes, ['198.51.100.12 pong', '198.51.100.12 x-kazaa-supernodeip'])
})

test('the made fixture is what its maker makes, and every flow of it is found', () => {
  const path = repositoryFile('src/protocols/fasttrack/fixtures/transfers.pcap')
  assert.deepEqual(new Uint8Array(readFileSync(path)), makeTransfers())
  assert.deepEqual(read(path).parts, { udp: 1, transfer: 2 })
})

test('fasttrack: 4 links, 4 pings, all requests; the download, whole', (context) => {
  const path = sharedCapture('real/fasttrack.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const { said, parts } = read(path)
  // 27 flows, one of them without payload.
  assert.deepEqual(parts, { supernode: 4, udp: 4, transfer: 18 })
  const moved = said.flatMap((one) => (one.type === 'transfer' ? [[one.content, one.bytes]] : []))
  assert.deepEqual(moved, [[CONTENT, 140_000]])
  const nicks = said.flatMap((one) => (one.type === 'client' ? (one.nick ?? []) : []))
  assert.deepEqual([...new Set(nicks)].sort(), ['kazaauser', 'm2'])
  assert.ok(!said.some((one) => one.type === 'fault'))
})

test('giFT among real supernodes: pings, pongs of both kinds, links', (context) => {
  const path = sharedCapture('third-party/p2p/bittorrent/mercury-capture2.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const { said, parts } = read(path)
  // Counted by tcpdump (udp[8:4]=0x27000000) and tshark (tcp.payload contains fa:00:b6:2b).
  assert.deepEqual(parts, { supernode: 33, udp: 10 })
  const names = said.flatMap((one) => (one.type === 'message' ? one.name : []))
  const count = (name: string): number => names.filter((one) => one === name).length
  assert.deepEqual([count('ping'), count('pong'), count('pong-2')], [10, 4, 3])
  assert.ok(!said.some((one) => one.type === 'fault'))
})

test('nothing else is FastTrack', (context) => {
  const folder = sharedCapture('real')
  if (folder === undefined) return context.skip('the shared captures are not on this machine')
  const names = [
    'mixed-classic-p2p-oddports',
    'gnutella-plain',
    'ed2k-server-plain',
    'opennap',
    'dc-nmdc',
    'bt-http-tracker-plain',
    ...readdirSync(folder).flatMap(
      (file) => /^(other-(?:apt|http|web).*)\.pcap$/.exec(file)?.[1] ?? [],
    ),
  ]
  for (const name of names) {
    const path = join(folder, `${name}.pcap`)
    if (existsSync(path)) assert.deepEqual(read(path).parts, {}, name)
  }
})
