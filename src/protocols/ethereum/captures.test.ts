/** Captures of real nodes: every flow is known, what they tell of each other is claimed. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { factsOfFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { randomFrom } from '../../core/random.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, type Kept } from '../../core/session-check.ts'
import { ethereum } from './index.ts'

function read(path: string): { kept: Kept[]; sure: string[] } {
  const kept: Kept[] = []
  const sure: string[] = []
  for (const flow of flowsOf(readFileSync(path))) {
    if (flow.pieces.length === 0) continue
    const sight = ethereum.recognise(lookAt(flow))
    sure.push(typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`)
    if (typeof sight === 'string') continue
    const transcript = flow.pieces.slice(0, 24).map(({ from, bytes }) => [from, bytes] as const)
    kept.push(checkSession(ethereum, factsOfFlow(flow, sight.part), transcript))
  }
  return { kept, sure }
}

function fixture(name: string): string {
  return repositoryFile(`src/protocols/ethereum/fixtures/${name}`)
}

test('four nodes of devp2p: discv4 and RLPx are certain; nodes are claimed with their keys', () => {
  const { kept, sure } = read(fixture('devp2p.pcap'))
  assert.equal(sure.filter((one) => one === 'discv4 certain').length, 6)
  const links = sure.filter((one) => one === 'rlpx certain').length
  // Each with each once; where two call each other at once, twice.
  assert.ok(links >= 6 && links <= 12, `${links}`)
  assert.equal(sure.length, 6 + links)
  assert.deepEqual(
    kept.flatMap((one) => one.of('fault')),
    [],
  )
  // make-devp2p.sh: their addresses, and the keys that they say are theirs.
  const keys = readFileSync(fixture('devp2p.told.txt'), 'utf8').trim().split('\n')
  const told = new Map(
    kept.flatMap((one) => {
      return one
        .of('claim')
        .filter(({ via }) => via === 'neighbours')
        .map(({ about, id }) => [`${about.ip}:${about.port}`, id] as const)
    }),
  )
  assert.deepEqual(
    [30, 31, 32, 33].map((last) => told.get(`203.0.113.${last}:30303`)),
    keys,
  )
  const rlpx = kept.flatMap((one) => one.of('message')).filter(({ log }) => log === 'ethereum_rlpx')
  assert.deepEqual(
    rlpx.map(({ name }) => name),
    Array.from({ length: 2 * links }, (_, i) => (i % 2 === 0 ? 'auth' : 'ack')),
  )
})

test('log lines keep to their schemas', () => {
  const ajv = new Ajv2020({ allErrors: true })
  const checks = Object.fromEntries(
    Object.entries(ethereum.logs!).map(([name, schema]) => [name, ajv.compile(schema)]),
  )
  const lines = read(fixture('devp2p.pcap')).kept.flatMap((one) => one.of('message'))
  assert.ok(lines.length > 50, `${lines.length}`)
  for (const { log, fields } of lines) assert.ok(checks[log]!(fields), JSON.stringify(fields))
})

test('four nodes of discv5 fit by the sizes of their handshake alone', () => {
  const flows = flowsOf(readFileSync(fixture('discv5.pcap')))
  const udp = flows.filter(({ carrier, pieces }) => carrier === 'udp' && pieces.length > 0)
  assert.equal(udp.length, 6)
  for (const flow of udp) {
    assert.equal(ethereum.recognise(lookAt(flow)), 'no')
    assert.deepEqual(
      ethereum.fits!(lookAt(flow)).map(({ part, alone }) => [part, alone]),
      [['discv5', 'likely']],
    )
  }
})

test('ConsenSys’s capture: nearly all of its flows', (context) => {
  const path = sharedCapture('third-party/p2p/ethereum/consensys-devp2p.pcapng')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const flows = flowsOf(readFileSync(path))
  const udp = flows.filter(({ carrier, pieces }) => carrier === 'udp' && pieces.length > 0)
  const known = udp.filter((flow) => typeof ethereum.recognise(lookAt(flow)) !== 'string')
  assert.ok(known.length >= 540, `${known.length} of ${udp.length}`)
})

test('what only looks alike is nobody', () => {
  const random = randomFrom(3)
  const chance = (size: number): Uint8Array =>
    Uint8Array.from({ length: size }, () => random() % 256)
  const like = chance(300)
  like.set([0, 1, 0xf8], 96)
  assert.equal(ethereum.recognise(lookAt(madeFlow('udp', [[0, like]]))), 'no')
  const auth = chance(400)
  auth.set([1, 0x8e, 4])
  assert.equal(ethereum.recognise(lookAt(madeFlow('tcp', [[0, auth]]))), 'no')
  const old = chance(307)
  old[0] = 4
  assert.equal(ethereum.recognise(lookAt(madeFlow('tcp', [[0, old]]))), 'no')
  // Random datagrams of other sizes fit only where an endpoint was told of.
  const talk = [100, 200, 300, 400].map((size, i) => [(i % 2) as 0 | 1, chance(size)] as const)
  const fits = ethereum.fits!(lookAt(madeFlow('udp', talk)))
  assert.deepEqual(
    fits.map(({ alone }) => alone),
    [undefined],
  )
})
