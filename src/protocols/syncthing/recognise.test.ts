/** Syncthing is recognised by its announcements and by the protocol that its TLS offers. */
import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { clientKeys, headerMask } from '../formats/quic-initial.ts'
import { syncthing } from './index.ts'
import { fits, recognise } from './recognise.ts'

function told(flow: CapturedFlow, count?: number): string {
  const sight = recognise(lookAt(flow, count))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

const FIXTURE = repositoryFile('src/protocols/syncthing/fixtures/pair.pcap')
const withPayload = (flows: CapturedFlow[]): CapturedFlow[] =>
  flows.filter(({ pieces }) => pieces.length > 0)

test('every flow of the fixture at its first packet', () => {
  const flows = withPayload(flowsOf(readFileSync(FIXTURE)))
  assert.deepEqual(
    flows.map((flow) => told(flow, 1)),
    ['local-discovery certain', 'local-discovery certain', 'device certain'],
  )
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

/** A hello of TLS 1.2 with one extension. */
function hello(extension: Uint8Array): Uint8Array {
  const body = concat(
    fromHex('0303'),
    new Uint8Array(32),
    fromHex('00 0002 c02b 0100'),
    Uint8Array.of(0, extension.length),
    extension,
  )
  return concat(Uint8Array.of(22, 3, 1, 0, body.length + 4, 1, 0, 0, body.length), body)
}

function offering(name: string): Uint8Array {
  const size = name.length
  return hello(concat(Uint8Array.of(0, 16, 0, size + 3, 0, size + 1, size), bytesOf(name)))
}

function asking(name: string): Uint8Array {
  const size = name.length
  return hello(concat(Uint8Array.of(0, 0, 0, size + 5, 0, size + 3, 0, 0, size), bytesOf(name)))
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

/** The first datagram of a QUIC client that sends this hello, after RFC 9001 5.2 to 5.4. */
function initialOf(record: Uint8Array): Uint8Array {
  const message = record.subarray(5)
  const dcid = fromHex('8394c8f03e515708')
  const plain = new Uint8Array(1162)
  plain.set(concat(fromHex('0600'), Uint8Array.of(0x40, message.length), message))
  const head = concat(fromHex('c300000001 08'), dcid, fromHex('0000 449e 00000002'))
  const { key, iv, headerKey } = clientKeys(dcid)!
  iv[11]! ^= 2
  const cipher = createCipheriv('aes-128-gcm', key, iv)
  cipher.setAAD(head)
  const sealed = concat(cipher.update(plain), cipher.final(), cipher.getAuthTag())
  const mask = headerMask(headerKey, sealed.subarray(0, 16))
  head[0]! ^= mask[0]! % 16
  for (let i = 0; i < 4; i++) head[head.length - 4 + i]! ^= mask[1 + i]!
  return concat(head, sealed)
}

test('QUIC that offers bep/1.0, and QUIC of others', () => {
  const ours = initialOf(offering('bep/1.0'))
  assert.equal(told(madeFlow('udp', [[0, ours]])), 'device-quic certain')
  assert.equal(told(madeFlow('udp', [[0, initialOf(offering('h3'))]])), 'no')
  const damaged = ours.slice()
  damaged[100]! ^= 1
  assert.equal(told(madeFlow('udp', [[0, damaged]])), 'no')
  const kept = checkSession(syncthing, factsOf('udp', 'device-quic'), [[0, ours]])
  assert.equal(kept.of('claim')[0]!.part, 'device-quic')
})
