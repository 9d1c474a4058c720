/** Tailscale is recognised by its magics; a speech balloon in a chat is none. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat } from '../../core/bytes.ts'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { sharedCapture } from '../../core/repository.ts'
import { disco, request } from './fixtures/make-find.ts'
import { recognise } from './recognise.ts'
import { DISCO_MAGIC } from './wire/disco.ts'

function seen(carrier: 'tcp' | 'udp', ...transcript: (readonly [0 | 1, Uint8Array])[]): string {
  const sight = recognise(lookAt(madeFlow(carrier, transcript)))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

const path = 'third-party/p2p/tailscale/ndpi-tailscale.pcap'
const file = sharedCapture(path)
test('the real flow is certain at its first datagram', { skip: !file && `no ${path}` }, () => {
  const flows = flowsOf(readFileSync(file!)).map((flow) => recognise(lookAt(flow, 1)))
  assert.deepEqual(
    flows.map((sight) => (typeof sight === 'string' ? sight : sight.sureness)),
    ['certain'],
  )
})

test('discovery and address requests are certain', () => {
  assert.equal(seen('udp', ...disco), 'node certain')
  assert.equal(seen('udp', [0, request]), 'stun certain')
})

test('a relay without TLS is likely by its upgrade, certain by its key', () => {
  const ask = bytesOf('GET /derp HTTP/1.1\r\nHost: derp.example\r\nUpgrade: DERP\r\n\r\n')
  const switched = bytesOf('HTTP/1.1 101 Switching Protocols\r\nUpgrade: DERP\r\n\r\n')
  const key = concat(bytesOf('\x01\0\0\0\x28DERP\xf0\x9f\x94\x91'), new Uint8Array(32))
  assert.equal(seen('tcp', [0, ask]), 'relay likely')
  assert.equal(seen('tcp', [0, ask], [1, concat(switched, key)]), 'relay certain')
  assert.equal(seen('tcp', [0, ask], [1, key]), 'relay certain')
})

test('near misses are not Tailscale', () => {
  const text = concat(DISCO_MAGIC, bytesOf('hello there '.repeat(8)))
  assert.equal(seen('udp', [0, text]), 'no', 'text behind the magic')
  assert.equal(seen('udp', [0, disco[0]![1].subarray(0, 79)]), 'no', 'too short for a box')
  const bent = request.slice()
  bent[39]! ^= 1
  assert.equal(seen('udp', [0, bent]), 'no', 'a fingerprint that is wrong')
  const web = 'GET /derp HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n'
  assert.equal(seen('tcp', [0, bytesOf(web)]), 'no', 'another upgrade')
})
