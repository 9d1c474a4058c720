/** n2n is recognised by communities that both sides name; small numbers alone are not enough. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { registered } from './fixtures/make-registered.ts'
import { recognise } from './recognise.ts'

function seen(...transcript: (readonly [0 | 1, Uint8Array])[]): string {
  const sight = recognise(lookAt(madeFlow('udp', transcript)))
  return typeof sight === 'string' ? sight : sight.sureness
}

const real = sharedCapture('real/other-n2n.pcap')
const own = repositoryFile('src/protocols/n2n/fixtures/edges.pcap')
for (const [what, file] of [
  ['fixture', own],
  ['whole capture', real],
] as const) {
  test(`all three flows of the ${what} are certain`, { skip: !file && 'no capture' }, () => {
    const flows = flowsOf(readFileSync(file!))
    const sights = flows.map((flow) => recognise(lookAt(flow)))
    assert.deepEqual(
      sights.map((sight) => (typeof sight === 'string' ? sight : sight.sureness)),
      ['certain', 'certain', 'certain'],
    )
  })
}

test('a registration is likely, its answer makes it certain, in versions 2 and 3', () => {
  for (const version of [2, 3] as const) {
    const [ask, answer] = registered(version)
    assert.equal(seen([0, ask]), 'likely')
    assert.equal(seen([0, ask], [1, answer]), 'certain')
  }
})

test('near misses are not n2n', () => {
  const [ask, answer] = registered(3)
  const garbled = ask.slice()
  garbled[20] = 0x41
  assert.equal(seen([0, garbled]), 'no', 'something behind the name of the community')
  const sealed = ask.slice().fill(0xe7, 4, 24)
  assert.equal(seen([0, sealed]), 'no', 'a sealed header')
  assert.equal(seen([0, ask], [1, answer.slice().fill(9, 0, 1)]), 'no', 'no version')
  const [long] = registered(2, 'sixteen-letters!')
  assert.equal(seen([0, long]), 'no', 'a name without padding, from one side')
  const blank = ask.slice().fill(0, 28, 34)
  assert.equal(seen([0, blank]), 'no', 'no hardware address')
  const dns = new Uint8Array(48).fill(0x61, 4)
  dns[0] = 2
  assert.equal(seen([0, dns]), 'no', 'letters without end')
  const one = new Uint8Array(90).fill(0x61, 4)
  one[0] = 1
  one[1] = 1
  assert.equal(seen([0, one]), 'no', 'no socket families')
})
