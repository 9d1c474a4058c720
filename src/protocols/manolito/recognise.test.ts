/** MP2P shows by its fields and by the lines of its transfers; tshark reads the same of the fixture. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, type Transcript } from '../../core/session-check.ts'
import { NO_TSHARK, tsharkFields } from '../../core/tshark-in-test.ts'
import { checkWire } from '../../core/wire-check.ts'
import { datagram, MD5, makeTalk, talk, transfer, words } from './fixtures/make-talk.ts'
import { manolito } from './index.ts'
import { datagramWire } from './wire/datagram.ts'

const FILE = repositoryFile('src/protocols/manolito/fixtures/talk.pcap')

function sightOf(flow: CapturedFlow): string {
  for (let count = 1; count <= flow.pieces.length; count++) {
    const sight = manolito.recognise(lookAt(flow, count))
    if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
    if (sight === 'no') return 'no'
  }
  return 'no'
}

const tcp = (...all: Transcript) => sightOf(madeFlow('tcp', all))
const fits = (...all: Transcript) =>
  manolito.fits!(lookAt(madeFlow('udp', all))).map(({ part, alone }) => `${part} ${alone}`)

test('the wire passes the examination', () => {
  checkWire(
    datagramWire,
    talk.map(([, bytes]) => bytes),
  )
})

test('the fixture is what its maker makes, and both flows are found', () => {
  const file = new Uint8Array(readFileSync(FILE))
  assert.deepEqual(file, makeTalk())
  const [udp, connection] = flowsOf(file)
  assert.deepEqual(
    manolito.fits!(lookAt(udp!)).map(({ alone }) => alone),
    ['likely'],
  )
  assert.equal(sightOf(connection!), 'peer certain')
})

test('tshark reads the same fields', { skip: NO_TSHARK }, () => {
  const kinds = tsharkFields(FILE, 'manolito', ['_ws.col.Info'])
  assert.deepEqual(kinds.flat(), ['Ping', 'User Information', 'Search Query', 'Search Hit'])
})

test('what fits, and near misses', () => {
  assert.deepEqual(fits([0, datagram(0, [words('FN', 'a')])]), ['peer likely'])
  assert.deepEqual(fits(talk[0]!), [])
  const away = datagram(0, [words('FN', 'a')])
  away[15]! ^= 1
  assert.deepEqual(fits([0, away]), [])
  assert.deepEqual(fits([0, datagram(0, [words('ZZ', 'a'), words('FN', 'b')])]), [])
  assert.deepEqual(fits([0, new Uint8Array(20)], [1, new Uint8Array(20)]), [])
  assert.deepEqual(fits([0, fromHex(`${'00'.repeat(20)}464e02015a`)]), [])
  assert.equal(tcp([0, bytesOf('STR 12')], [1, bytesOf('HTTP/1.1')]), 'no')
  assert.equal(tcp([0, bytesOf('STRING 12')]), 'no')
  assert.equal(tcp(transfer[0]!), 'no')
})

test('a session tells clients, searches, files and addresses', () => {
  const kept = checkSession(manolito, factsOf('udp', 'peer'), talk)
  assert.deepEqual(
    kept.of('search').map(({ text }) => text),
    ['war and peace'],
  )
  assert.deepEqual(
    kept.of('share').map(({ content, name, size }) => [content, name, size]),
    [[`urn:md5:${MD5}`, 'War and Peace.mp3', 4_194_304]],
  )
  assert.deepEqual(
    kept.of('client').map(({ nick, software, version }) => [nick, software, version]),
    [['someone', 'Piolet', '1.05']],
  )
  assert.deepEqual(
    kept.of('claim').map(({ about, via }) => `${about.ip} ${via}`),
    ['192.0.2.1 ping', '198.51.100.2 user', '203.0.113.9 forwarded'],
  )
  const check = new Ajv2020({ allErrors: true }).compile(manolito.logs!.manolito!)
  const moved = checkSession(manolito, factsOf('tcp', 'peer'), transfer)
  assert.deepEqual(
    moved.of('transfer').map(({ bytes }) => bytes),
    [7 + 36 + 100],
  )
  for (const { fields } of [...kept.of('message'), ...moved.of('message')]) {
    assert.ok(check(fields), JSON.stringify(fields))
  }
})
