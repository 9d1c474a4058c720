/** Kontiki is named by numbers that come back, by its opens and its questions in XML. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, type Transcript } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { asks, makeTalk, opening, talk } from './fixtures/make-talk.ts'
import { kontiki } from './index.ts'
import { packetWire } from './wire/packet.ts'
import { subnetWire } from './wire/subnet.ts'

function sightOf(flow: CapturedFlow): string {
  for (let count = 1; count <= Math.min(flow.pieces.length, 8); count++) {
    const sight = kontiki.recognise(lookAt(flow, count))
    if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
    if (sight === 'no') return 'no'
  }
  return 'no'
}

const told = (...all: Transcript) => sightOf(madeFlow('udp', all))
const of = (hexText: string, side: 0 | 1 = 0) => [side, fromHex(hexText)] as const

test('the wires pass the examination, and read what was captured', () => {
  checkWire(
    packetWire,
    [...talk, ...opening].map(([, bytes]) => bytes),
  )
  checkWire(subnetWire, [asks])
  // nDPI kontiki.pcap, packets 14 and 15.
  const accept = packetWire.parse(
    fromHex('02070600 0899b3c2 174b2376 2c272d05 3ad2181f 000004e4 01040063'),
    0,
  )
  assert.equal(accept.kind === 'message' && accept.message.acknowledged, 0x3ad2181f)
  assert.equal(accept.kind === 'message' && accept.message.largest, 1252)
  const data = packetWire.parse(fromHex('02050400 0899b3c2 2c272d06 3ad21820 00000000 97b7d0b4'), 0)
  assert.equal(data.kind === 'message' && data.message.number, 0x2c272d06)
  assert.equal(data.kind === 'message' && data.message.payload.length, 4)
})

test('the fixture is what its maker makes, and every flow of it is recognised', () => {
  const path = repositoryFile('src/protocols/kontiki/fixtures/talk.pcap')
  const file = new Uint8Array(readFileSync(path))
  assert.deepEqual(file, makeTalk())
  assert.deepEqual(flowsOf(file).map(sightOf), ['peer certain', 'peer certain', 'peer likely'])
})

test('one side alone is likely at most', () => {
  assert.equal(told(opening[0]!), 'peer likely')
  assert.equal(told(of('02010100')), 'peer unsure')
  assert.equal(told(of('02010100'), of('02010100', 1)), 'peer likely')
  assert.equal(told(of('02010100'), of('02010100'), of('02010100')), 'peer unsure')
  assert.equal(
    told(
      of('02050400 00000001 00000002 00000003 00'),
      of('02050400 00000001 00000003 00000002 00', 1),
    ),
    'no',
  )
})

test('near misses', () => {
  assert.equal(told(of('02040400 174b2376 3ad21823 2c272d10')), 'no')
  assert.equal(
    told(of('02040400 174b2376 3ad21823 2c272d10'), of('02040400 0899b3c2 2c272d99 00000001', 1)),
    'no',
  )
  assert.equal(told(of('02050200 4f4b588b 3f7ae1cd 00ff04e4 02040100')), 'no')
  assert.equal(told(of('02050200 4f4b588b 3f7ae1cd 000004e4 05b40100')), 'no')
  assert.equal(told(of('02010101')), 'no')
  assert.equal(
    told([0, bytesOf('<?xml version="1.0" encoding="UTF-8"?>\r\n<Envelope target="ZBBP.1">')]),
    'no',
  )
  assert.equal(told(of('0200 0000 0000 0000')), 'no')
  // Heads of four bytes with more behind them, as others have; counts in little-endian.
  assert.equal(told(of('02010100 000000cf 0002f588'), of('02010100 000000d1', 1)), 'no')
  const counts = '42000000 07000000 07000000 02000000 04000000 02000000'
  assert.equal(told(of(`02070600 ${counts}`), of(`02070600 ${counts}`, 1)), 'no')
})

test('a session says who listens where, and how much cannot be read', () => {
  const kept = checkSession(kontiki, factsOf('udp', 'peer'), [[0, asks], ...talk])
  assert.deepEqual(
    kept.of('claim').map(({ about }) => `${about.ip}:${about.port}`),
    ['192.0.2.1:19948', '198.51.100.1:19948'],
  )
  assert.deepEqual(
    kept.of('client').map(({ software, version, id }) => [software, version, id]),
    [['Kontiki', 'v1.20', '00112233-4455-6677-8899-aabbccddeeff']],
  )
  assert.deepEqual(
    kept.of('message').map(({ name }) => name),
    ['subnet', 'ping', 'open', 'accept', 'data', 'acknowledgement', 'enciphered'],
  )
  const check = new Ajv2020({ allErrors: true }).compile(kontiki.logs!.kontiki!)
  for (const { fields } of kept.of('message')) assert.ok(check(fields), JSON.stringify(fields))
})

test('the one capture of real clients', (context) => {
  const path = sharedCapture('third-party/p2p/kontiki/ndpi-kontiki.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const flows = flowsOf(readFileSync(path)).filter(({ pieces }) => pieces.length > 0)
  assert.deepEqual(flows.map(sightOf), [
    'peer certain',
    'peer certain',
    'peer certain',
    'peer likely',
  ])
  const facts = { ...factsOf('udp', 'peer'), ends: flows[0]!.ends }
  const kept = checkSession(kontiki, facts, [[0, flows[0]!.pieces[0]!.bytes]])
  assert.deepEqual(
    kept.of('claim').map(({ about }) => `${about.ip}:${about.port}`),
    ['10.25.32.59:19948', '65.205.251.51:19948'],
  )
})
