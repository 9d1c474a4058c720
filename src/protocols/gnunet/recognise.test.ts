/** GNUnet is recognised by welcomes of both sides, or by a key that is said twice. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { fits, recognise } from './recognise.ts'

function told(flow: CapturedFlow, count?: number): string {
  const sight = recognise(lookAt(flow, count))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

const FIXTURE = repositoryFile('src/protocols/gnunet/fixtures/peers.pcap')
const flows = flowsOf(readFileSync(FIXTURE))

test('links are certain once a hello repeats the key of its welcome', () => {
  for (const flow of flows) {
    assert.equal(told(flow, 1), 'more')
    assert.equal(told(flow, 2), 'peer certain')
  }
})

test('every link of the whole capture', (t) => {
  const path = sharedCapture('real/gnunet.pcap')
  if (path === undefined) return t.skip('the captures are not beside the project')
  const all = flowsOf(readFileSync(path))
  assert.deepEqual(
    all.map((flow) => told(flow)),
    ['peer certain', 'peer certain', 'peer certain'],
  )
})

const KEY = '833df1cadbb4352f05aed49e439586323694a651d2bbce7b972fad306cb37e9f'
const WELCOME = fromHex(`0024003d ${KEY}`)
const OLD = concat(fromHex('0044003d'), new Uint8Array(64).fill(0x5b))

test('welcomes of both sides; of one side only with more behind', () => {
  const both = (a: Uint8Array, b: Uint8Array): string =>
    told(
      madeFlow('tcp', [
        [0, a],
        [1, b],
      ]),
    )
  assert.equal(both(WELCOME, WELCOME), 'peer certain')
  assert.equal(both(OLD, OLD), 'peer certain')
  assert.equal(told(madeFlow('tcp', [[0, WELCOME]])), 'no')
  assert.equal(
    told(madeFlow('tcp', [[0, concat(WELCOME, fromHex('0008017bffffffff'))]])),
    'peer likely',
  )
  // Other messages that begin with these four bytes, and are shorter than they say.
  const short = fromHex('0044003d f99c5241 f99c0900')
  assert.equal(both(short, short), 'no')
  // A DNS query over TCP of 36 bytes with the id 61, and its answer.
  const query = concat(fromHex('0024003d 0100 0001 0000 0000 0000'), new Uint8Array(26))
  assert.equal(both(query, fromHex('0034003d 8180 0001 0001')), 'no')
  assert.equal(told(madeFlow('tcp', [[0, query]])), 'no')
})

test('from the middle: six messages of legal sizes', () => {
  const [flow] = flows
  const late = { ...flow!, fromStart: false, pieces: flow!.pieces.slice(6) }
  assert.equal(told(late), 'peer likely')
  assert.equal(told({ ...late, pieces: late.pieces.slice(0, 2) }), 'no')
  assert.equal(told(madeFlow('tcp', [[0, new Uint8Array(600)]], false)), 'no')
})

test('datagrams whose messages fill them', () => {
  const inner = fromHex('0008017bffffffff')
  const datagram = concat(fromHex(`0030 0038 00000000 ${KEY}`), inner)
  const of = (bytes: Uint8Array): string =>
    fits(lookAt(madeFlow('udp', [[0, bytes]])))[0]?.alone ?? 'none'
  assert.equal(of(datagram), 'likely')
  const wrong = datagram.slice()
  wrong[41] = 9
  assert.equal(of(wrong), 'none')
  assert.equal(of(datagram.subarray(0, 47)), 'none')
})
