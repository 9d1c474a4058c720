/** WireGuard is recognised by indices that both sides agree on; what only begins like it is not. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { randomFrom } from '../../core/random.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { recognise } from './recognise.ts'
import { messageWire } from './wire/message.ts'

const chance = randomFrom(3)
const noise = (size: number): Uint8Array => Uint8Array.from({ length: size }, () => chance())

function sureness(transcript: [Side, Uint8Array][]): string {
  const sight = recognise(lookAt(madeFlow('udp', transcript)))
  return typeof sight === 'string' ? sight : sight.sureness
}

function data(receiver: number, counter: number, size = 96): Uint8Array {
  const rest = noise(size)
  return messageWire.emit({ type: 'data', receiver, counterBig: BigInt(counter), rest })
}

test('the real handshake is certain at the response, not before', () => {
  const file = repositoryFile('src/protocols/wireguard/fixtures/handshake.pcap')
  const [flow] = flowsOf(readFileSync(file))
  assert.equal(recognise(lookAt(flow!, 2)), 'more')
  const sight = recognise(lookAt(flow!, 4))
  assert.ok(typeof sight !== 'string')
  assert.equal(sight.sureness, 'certain')
  assert.deepEqual(sight.reasons, ['a response names the index that the other side chose'])
})

for (const [path, count] of [
  ['real/other-wireguard.pcap', 1],
  ['third-party/other/ndpi/mullvad_wireguard.pcap', 1],
  ['third-party/other/ipfixprobe/wg.pcap', 4],
] as const) {
  const file = sharedCapture(path)
  test(`every tunnel of ${path} is found`, { skip: file === undefined && `no ${path}` }, () => {
    const found = flowsOf(readFileSync(file!)).filter(
      (flow) => flow.carrier === 'udp' && typeof recognise(lookAt(flow)) !== 'string',
    )
    assert.equal(found.length, count)
  })
}

test('a session whose handshake was missed is certain by both counters', () => {
  assert.equal(
    sureness([
      [0, data(1, 5)],
      [1, data(2, 9)],
      [0, data(1, 6)],
    ]),
    'certain',
  )
  assert.equal(
    sureness([
      [0, data(1, 5)],
      [0, data(1, 6)],
      [0, data(1, 8)],
    ]),
    'likely',
  )
})

test('an initiation that nobody answers is likely only while its second MAC is zero', () => {
  const initiation = (mac2: Uint8Array): Uint8Array => {
    const rest = new Uint8Array([...noise(124), ...mac2])
    return messageWire.emit({ type: 'initiation', sender: 77, rest })
  }
  assert.equal(sureness([[0, initiation(new Uint8Array(16))]]), 'likely')
  assert.equal(sureness([[0, initiation(noise(16))]]), 'no')
})

test('near misses are not WireGuard', () => {
  const response = messageWire.emit({ type: 'response', sender: 1, receiver: 2, rest: noise(80) })
  const initiation = messageWire.emit({ type: 'initiation', sender: 3, rest: noise(140) })
  assert.equal(
    sureness([
      [0, initiation],
      [1, response],
    ]),
    'no',
    'an index that nobody chose',
  )
  assert.equal(
    sureness([
      [0, data(1, 5)],
      [1, data(2, 9)],
    ]),
    'no',
    'one datagram a side',
  )
  assert.equal(
    sureness([
      [0, data(1, 5)],
      [1, data(2, 9)],
      [0, data(1, 5)],
    ]),
    'no',
    'a counter that stands still',
  )
  const text = messageWire.emit({
    type: 'data',
    receiver: 1,
    counterBig: 1n,
    rest: new Uint8Array(96).fill(0x41),
  })
  assert.equal(
    sureness([
      [0, text],
      [1, text],
      [0, text],
    ]),
    'no',
    'no cipher has been over it',
  )
  assert.equal(sureness([[0, Uint8Array.of(4, 0, 0, 0)]]), 'no')
})
