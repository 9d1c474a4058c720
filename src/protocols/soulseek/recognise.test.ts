/** Soulseek is recognised by messages that are filled to the last byte, never by its ports. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { fits, recognise } from './recognise.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]

function told(flow: CapturedFlow, count?: number): string {
  const sight = recognise(lookAt(flow, count))
  if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
  const [fit] = fits(lookAt(flow, count))
  return fit?.alone === undefined ? sight : `${fit.part} ${fit.alone}`
}

function toldOf(talk: Talk, fromStart = true): string {
  return told(madeFlow('tcp', talk, fromStart))
}

const FIXTURE = new Uint8Array(
  readFileSync(repositoryFile('src/protocols/soulseek/fixtures/lab.pcap')),
)

const ALL = [
  'server certain',
  'server certain',
  'server certain',
  'peer certain',
  'peer certain',
  'peer certain',
  'file certain',
  'peer unsure',
]

test('every connection of the fixture, most at the first message', () => {
  assert.deepEqual(
    flowsOf(FIXTURE).map((flow) => told(flow)),
    ALL,
  )
  const first = flowsOf(FIXTURE).map((flow) => told(flow, 1))
  assert.equal(first.filter((sight) => sight.endsWith('certain')).length, 6)
})

test('every connection of the whole capture, and on other ports', (t) => {
  const path = sharedCapture('real/soulseek.pcap')
  if (path === undefined) return t.skip('the captures are not beside the project')
  const flows = flowsOf(readFileSync(path))
  const sights = flows.filter(({ pieces }) => pieces.length > 0).map((flow) => told(flow))
  assert.deepEqual(sights, [...ALL, 'file certain', 'peer unsure'])
  const odd = sharedCapture('real/mixed-classic-p2p-oddports.pcap')
  assert.ok(odd !== undefined)
  const mixed = flowsOf(readFileSync(odd))
  const found = mixed.filter((flow) => /certain/.test(told(flow)))
  assert.deepEqual(found.map(({ ends }) => ends.map(({ port }) => port).join()).sort(), [
    '36028,2234',
    '49432,2271',
    '60038,2271',
  ])
})

test('where the SYN alone is missing, who opens between peers says it all the same', () => {
  // As Nicotine+ says it: length, peer-init, a user of 7 letters, `P`, a token.
  const init = fromHex('15000000 01 07000000 656172776f726d 01000000 50 00000000')
  assert.equal(toldOf([[0, init]], false), 'peer certain')
  assert.equal(toldOf([[1, init]], false), 'peer certain')
  const other = init.slice()
  other[16] = 0x51
  assert.equal(toldOf([[0, other]], false), 'no')
})

test('a server link that began before the capture is likely', () => {
  const [server] = flowsOf(FIXTURE)
  const late = { ...server!, fromStart: false, pieces: server!.pieces.slice(4) }
  assert.equal(told(late), 'server likely')
  assert.equal(told({ ...server!, fromStart: false, pieces: server!.pieces.slice(4, 5) }), 'no')
})

test('the login of old had no digest: its answer makes it sure', () => {
  const login = fromHex('16000000 01000000 03000000 626f62 03000000 313233 9b000000')
  assert.equal(toldOf([[0, login]]), 'server likely')
  const answer = concat(fromHex('15000000 01000000 01 04000000'), bytesOf('Hi!!'))
  const whole = concat(answer, fromHex('0a7100cb'), fromHex('00000000'))
  assert.equal(
    toldOf([
      [0, login],
      [1, whole],
    ]),
    'server certain',
  )
})

test('obfuscated openings are found by trying', () => {
  const vector = fromHex('491f36ad 843e6c5a2774d8b44db9dc00f79600a75c93c2a66bd2d74dd6a40f')
  assert.equal(toldOf([[0, vector]]), 'peer-obfuscated likely')
  vector[5]! ^= 1
  assert.equal(toldOf([[0, vector]]), 'no')
})

test('after a call through the server, messages or a file must follow', () => {
  const pierce = fromHex('05000000 00 ee170000')
  const ask = fromHex('04000000 04000000')
  assert.equal(
    toldOf([
      [0, pierce],
      [1, ask],
    ]),
    'peer certain',
  )
  const file: Talk = [
    [0, pierce],
    [1, fromHex('800e2d00')],
    [0, fromHex('0000000000000000')],
  ]
  assert.equal(toldOf(file), 'file likely')
  assert.equal(
    toldOf([
      [0, pierce],
      [1, bytesOf('HTTP/1.1 400 Bad Request\r\n')],
    ]),
    'no',
  )
})

test('near misses are nothing', () => {
  for (const hex of [
    // A digest with a letter that is no hex; a name with a control character; one byte too many.
    '35000000 01000000 01000000 61 01000000 62 a0000000 20000000 7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a 03000000',
    '16000000 01000000 03000000 620a62 03000000 313233 9b000000',
    '17000000 01000000 03000000 626f62 03000000 313233 9b000000 00',
    // A connection of kind X; a user that is longer than its message.
    '11000000 01 03000000 626f62 01000000 58 00000000',
    '11000000 01 04000000 626f62 01000000 50 00000000',
    // Statement closed, of MySQL; zeros.
    '05000000 19 01000000',
    '00000000 00000000 00000000',
  ]) {
    assert.equal(toldOf([[0, fromHex(hex)]]), 'no', hex)
  }
  assert.equal(toldOf([[0, bytesOf('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]]), 'no')
  assert.equal(toldOf([[0, new Uint8Array(64)]], false), 'no')
})
