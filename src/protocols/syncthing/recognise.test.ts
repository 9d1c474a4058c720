/** Syncthing is recognised by its announcements and by the protocol that its TLS offers. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { helloWith, initialWith, offerOf } from '../formats/hello-in-test.ts'
import { syncthing } from './index.ts'
import { fits, recognise } from './recognise.ts'

function told(flow: CapturedFlow, count?: number): string {
  const sight = recognise(lookAt(flow, count))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

const withPayload = (flows: CapturedFlow[]): CapturedFlow[] =>
  flows.filter(({ pieces }) => pieces.length > 0)

/** What is told of the flows of a fixture by their first packets. */
function toldOf(name: string): string[] {
  const path = repositoryFile(`src/protocols/syncthing/fixtures/${name}`)
  const flows = withPayload(flowsOf(readFileSync(path)))
  return [...new Set(flows.map((flow) => told(flow, 1)))].sort()
}

test('every flow of the fixtures, of both IP versions, at its first packet', () => {
  assert.deepEqual(toldOf('tcp.pcap'), ['device certain', 'local-discovery certain'])
  assert.deepEqual(toldOf('quic.pcap'), ['device-quic certain', 'local-discovery certain'])
})

test('every flow with payload of the whole captures', (t) => {
  for (const [name, count] of [
    ['real/syncthing.pcap', 4],
    ['real/syncthing-tcp.pcap', 3],
    ['third-party/p2p/syncthing/ndpi-syncthing.pcap', 4],
  ] as const) {
    const path = sharedCapture(name)
    if (path === undefined) return t.skip('the captures are not beside the project')
    const flows = withPayload(flowsOf(readFileSync(path)))
    const sights = flows.map((flow) => told(flow))
    assert.equal(sights.length, count, name)
    assert.ok(
      sights.every((sight) => sight.endsWith('certain')),
      `${name}: ${sights}`,
    )
  }
})

function recordOf(hello: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(22, 3, 1, 0, hello.length), hello)
}

function offering(name: string): Uint8Array {
  return recordOf(helloWith(offerOf(name)))
}

function asking(name: string): Uint8Array {
  const size = name.length
  const ask = concat(Uint8Array.of(0, 0, 0, size + 5, 0, size + 3, 0, 0, size), bytesOf(name))
  return recordOf(helloWith(ask))
}

test('protocols and names of servers in TLS', () => {
  const of = (bytes: Uint8Array): string => told(madeFlow('tcp', [[0, bytes]]))
  assert.equal(of(offering('bep/1.0')), 'device certain')
  assert.equal(of(offering('bep-relay')), 'relay certain')
  assert.equal(of(asking('discovery-v4.syncthing.net')), 'discovery-server likely')
  for (const bytes of [
    offering('h2'),
    offering('bep/1.1'),
    offering('xbep/1.0'),
    asking('docs.syncthing.net'),
    asking('discovery.syncthing.net.example'),
    fromHex('1503030002 0228'),
  ]) {
    assert.equal(of(bytes), 'no')
  }
  const cut: [0 | 1, Uint8Array][] = [
    [0, offering('bep/1.0').subarray(0, 50)],
    [1, fromHex('00')],
  ]
  assert.equal(told(madeFlow('tcp', cut), 1), 'more')
  assert.equal(told(madeFlow('tcp', cut)), 'no')
})

test('a session through a relay', () => {
  const join = fromHex('9e79bc40 00000003 0000000c 00000005 6b65793031000000')
  assert.equal(told(madeFlow('tcp', [[0, join]])), 'relay-session certain')
  assert.equal(told(madeFlow('tcp', [[0, fromHex('9e79bc40 000000ff 00000000')]])), 'no')
  assert.equal(told(madeFlow('tcp', [[0, fromHex('9e79bc40 00000003 000fffff')]])), 'no')
})

test('datagrams that begin alike are nothing', () => {
  assert.equal(told(madeFlow('udp', [[0, fromHex('2ea7d90b 0000 0102')]])), 'no')
  assert.equal(told(madeFlow('udp', [[0, fromHex('2ea7d90b')]])), 'no')
})

test('what is encrypted fits only where it was told of', () => {
  const quic = madeFlow('udp', [[0, concat(fromHex('4a'), new Uint8Array(60).fill(0x5a))]])
  assert.deepEqual(
    fits(lookAt(quic)).map(({ part, alone }) => [part, alone]),
    [['device-quic', undefined]],
  )
  assert.equal(fits(lookAt(madeFlow('tcp', []))).length, 2)
  assert.equal(fits(lookAt(madeFlow('tcp', [[0, fromHex('00')]]))).length, 0)
})

function initialOffering(name: string): Uint8Array {
  return initialWith(helloWith(offerOf(name)))
}

test('QUIC that offers bep/1.0, and QUIC of others', () => {
  const ours = initialOffering('bep/1.0')
  assert.equal(told(madeFlow('udp', [[0, ours]])), 'device-quic certain')
  assert.equal(told(madeFlow('udp', [[0, initialOffering('h3')]])), 'no')
  const damaged = ours.slice()
  damaged[100]! ^= 1
  assert.equal(told(madeFlow('udp', [[0, damaged]])), 'no')
  const kept = checkSession(syncthing, factsOf('udp', 'device-quic'), [[0, ours]])
  assert.equal(kept.of('claim')[0]!.part, 'device-quic')
})
