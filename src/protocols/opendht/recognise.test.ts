/** OpenDHT is recognised by a whole message with an id, and by nothing that begins alike. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromHex } from '../../core/bytes.ts'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { sharedCapture } from '../../core/repository.ts'
import { recognise } from './recognise.ts'

function told(...datagrams: string[]): string {
  const flow = madeFlow(
    'udp',
    datagrams.map((hex) => [0, fromHex(hex)] as const),
  )
  const sight = recognise(lookAt(flow))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

const ID = '3cdeac243fbaffde019856cba0e2f6823e2c8674'
const PING = `85 a161 81 a26964 c414 ${ID} a171 a470696e67 a174 ce5a091d6a a179 a171 a176 a4524e4731`
const PARTS = '83 a179 a170 a174 ce20b84eaa a170 81 00 82 a16f 00 a164 c402 0102'

test('every flow of the capture at its first datagram', (t) => {
  const path = sharedCapture('real/opendht-jami.pcap')
  if (path === undefined) return t.skip('the captures are not beside the project')
  const flows = flowsOf(readFileSync(path))
  assert.equal(flows.length, 10)
  for (const flow of flows) {
    const sight = recognise(lookAt(flow, 1))
    assert.ok(typeof sight !== 'string' && sight.sureness === 'certain')
  }
})

test('a ping is certain, parts alone are likely, an error alone is nothing', () => {
  assert.equal(told(PING), 'node certain')
  assert.equal(told(PARTS), 'node likely')
  assert.equal(told('84 a165 92 cd0191 a3626164 a174 01 a179 a165 a176 a4524e4731'), 'no')
})

test('near misses', () => {
  assert.equal(told(`${PING} 00`), 'no')
  assert.equal(told(PING.replace('c414', 'c413')), 'no')
  assert.equal(told(PING.replace('a179 a171', 'a179 a178')), 'no')
  assert.equal(told('84 a161 01 a162 02 a174 03 a179 a171'), 'no')
})
