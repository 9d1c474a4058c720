/** Near misses, QUIC that is made by hand, and multiaddresses. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import { randomFrom } from '../../core/random.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { helloWith, initialWith, offerOf } from '../formats/hello-in-test.ts'
import { libp2p } from './index.ts'
import { parseMultiaddr } from './multiaddr.ts'

/** A client's first datagram that offers one name. */
function clientInitial(name: string): Uint8Array {
  return initialWith(helloWith(offerOf(name)))
}

test('QUIC that offers libp2p is certain, other names are nobody of ours', () => {
  const ours = clientInitial('libp2p')
  const sight = libp2p.recognise(lookAt(madeFlow('udp', [[0, ours]])))
  assert.ok(typeof sight !== 'string')
  assert.deepEqual([sight.part, sight.sureness], ['quic', 'certain'])
  assert.equal(libp2p.recognise(lookAt(madeFlow('udp', [[0, clientInitial('h3')]]))), 'no')
  const kept = checkSession(libp2p, factsOf('udp', 'quic'), [[0, ours]])
  assert.deepEqual(
    kept.of('message').map(({ fields }) => fields.alpn),
    [['libp2p']],
  )
})

test('near misses on TCP and in multicast DNS', () => {
  const sight = (text: string): unknown =>
    libp2p.recognise(lookAt(madeFlow('tcp', [[0, bytesOf(text)]])))
  assert.equal(sight('\x13/multistream/1.0.1\n'), 'no')
  assert.equal(sight('GET /multistream/1.0.0\n'), 'no')
  const other = concat(
    fromHex('0000 0000 0001 0000 0000 0000'),
    bytesOf('\x04_ipp\x04_tcp\x05local\0'),
    fromHex('000c 0001'),
  )
  assert.equal(libp2p.recognise(lookAt(madeFlow('udp', [[0, other]]))), 'no')
})

test('half a greeting waits', () => {
  const flow = madeFlow('tcp', [
    [0, bytesOf('\x13')],
    [0, bytesOf('/multistream/1.0.0\n')],
  ])
  assert.equal(libp2p.recognise(lookAt(flow, 1)), 'more')
  assert.notEqual(typeof libp2p.recognise(lookAt(flow)), 'string')
})

test('a connection that was secured before fits only where somebody told of it', () => {
  const random = randomFrom(5)
  const chance = Uint8Array.from({ length: 400 }, () => random() % 256)
  const flow = madeFlow(
    'tcp',
    [
      [0, chance],
      [1, chance.slice().reverse()],
    ],
    false,
  )
  assert.equal(libp2p.recognise(lookAt(flow)), 'no')
  assert.deepEqual(
    libp2p.fits!(lookAt(flow)).map(({ part, alone }) => [part, alone]),
    [['stream', undefined]],
  )
})

test('multiaddresses of all kinds', () => {
  // multiformats/multiaddr README and libp2p/specs addressing.
  assert.deepEqual(parseMultiaddr('/ip4/198.51.100.2/tcp/1234/p2p/QmNode'), {
    endpoint: { ip: '198.51.100.2', port: 1234 },
    id: 'QmNode',
    carrier: 'tcp',
    relayed: false,
  })
  assert.deepEqual(parseMultiaddr('/ip6/2001:db8::1/udp/4001/quic-v1/p2p/QmNode'), {
    endpoint: { ip: '2001:db8::1', port: 4001 },
    id: 'QmNode',
    carrier: 'udp',
    relayed: false,
  })
  const relayed = parseMultiaddr('/ip4/192.0.2.1/tcp/55555/p2p/QmRelay/p2p-circuit/p2p/QmAlice')
  assert.deepEqual([relayed?.id, relayed?.relayed], ['QmRelay', true])
  assert.equal(parseMultiaddr('/ip4/192.0.2.1/tcp/99999'), undefined)
  assert.equal(parseMultiaddr('/dns4/example.org/tcp/443/wss'), undefined)
})
