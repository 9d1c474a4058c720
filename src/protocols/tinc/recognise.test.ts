/** tinc is recognised by its greetings, its tunnel only beside them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { fits, recognise } from './recognise.ts'

function seen(opener: string, other: string): string {
  const transcript: [0 | 1, Uint8Array][] = []
  if (opener !== '') transcript.push([0, bytesOf(opener)])
  if (other !== '') transcript.push([1, bytesOf(other)])
  const sight = recognise(lookAt(madeFlow('tcp', transcript)))
  return typeof sight === 'string' ? sight : sight.sureness
}

const KEY = `1 94 64 0 0 ${'A7'.repeat(256)}\n`

const own = repositoryFile('src/protocols/tinc/fixtures/meta.pcap')
for (const [what, file, tcp, udp] of [
  ['fixture', own, 1, 0],
  ['real/other-tinc.pcap', sharedCapture('real/other-tinc.pcap'), 1, 1],
  ['ndpi-tinc.pcap', sharedCapture('third-party/p2p/tinc/ndpi-tinc.pcap'), 2, 2],
] as const) {
  test(`meta connections of ${what} are certain, tunnels fit`, { skip: !file && 'absent' }, () => {
    const looks = flowsOf(readFileSync(file!)).map((flow) => lookAt(flow))
    const certain = looks.filter((look) => {
      const sight = look.carrier === 'tcp' ? recognise(look) : 'no'
      return typeof sight !== 'string' && sight.sureness === 'certain'
    })
    assert.equal(certain.length, tcp)
    assert.equal(looks.filter((look) => fits(look).length > 0).length, udp)
  })
}

test('identities alone are likely, with a key certain', () => {
  assert.equal(seen('0 desk 17.7\n', '0 hub 17.7\n'), 'likely')
  assert.equal(seen(`0 desk 17\n${KEY}`, '0 hub 17\n'), 'certain')
  assert.equal(seen(`0 desk 17\n${KEY}`, ''), 'likely')
})

test('near misses are not tinc', () => {
  assert.equal(seen('0 desk 17\n', ''), 'no', 'one greeting')
  assert.equal(seen('0 desk 18\n', '0 hub 18\n'), 'no', 'a protocol number nobody uses')
  assert.equal(seen('0 desk 17\n', '200 OK\n'), 'no', 'an answer in other words')
  assert.equal(seen('0 one 2 three\n', '0 four 17\n'), 'no')
  assert.equal(seen(`0 ${'a'.repeat(200)}`, ''), 'no', 'a name without end')
})

test('a tunnel needs the sizes and the look of a cipher', () => {
  const flow = (bytes: Uint8Array) =>
    lookAt(
      madeFlow(
        'udp',
        [0, 1, 2].map(() => [0, bytes]),
      ),
    )
  assert.equal(fits(flow(new Uint8Array(44))).length, 0)
  assert.equal(fits(flow(bytesOf('x'.repeat(44)))).length, 0)
})
