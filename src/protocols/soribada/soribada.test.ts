/** Soribada is recognised by its download, or by a ping and its pong; searches are unsure. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { soribada } from './index.ts'
import { logs } from './logs.ts'
import { fits, recognise } from './recognise.ts'
import { datagramWire } from './wire/datagram.ts'
import { requestWire } from './wire/request.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]
const PING = fromHex('1014')
const PONG = fromHex('1015 01020304')
const SEARCH = concat(fromHex('01aabbcc'), bytesOf('Q:+arirang'))
const SEARCH2 = concat(fromHex('01aabbcc'), bytesOf('Q2:arirang'))
const REQUEST = bytesOf('GETMP3\r\nFilename: C:\\music\\arirang.mp3\r\n')

function told(carrier: 'tcp' | 'udp', talk: Talk, final = true): string {
  const sight = recognise({ ...lookAt(madeFlow(carrier, talk)), final })
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

function fitted(talk: Talk): string {
  const [fit] = fits(lookAt(madeFlow('udp', talk)))
  return fit === undefined ? 'no' : `${fit.part} ${fit.alone}`
}

test('the contract of wires', () => {
  checkWire(datagramWire, [PING, PONG, SEARCH, SEARCH2])
  checkWire(requestWire, [REQUEST])
})

test('a download is certain by its letters', () => {
  assert.equal(told('tcp', [[0, REQUEST]]), 'download certain')
  assert.equal(told('tcp', [[0, REQUEST.subarray(0, 8)]], false), 'more')
  assert.equal(told('tcp', [[0, bytesOf('GETMP3 / HTTP/1.0\r\n\r\n')]]), 'no')
  assert.equal(told('tcp', [[1, REQUEST]]), 'no')
})

test('a ping needs its pong', () => {
  assert.equal(told('udp', [[0, PING]], false), 'more')
  assert.equal(told('udp', [[0, PING]]), 'no')
  const pair: Talk = [
    [0, PING],
    [1, PONG],
  ]
  assert.equal(told('udp', pair), 'ping likely')
  assert.equal(
    told('udp', [
      [0, PING],
      [1, PONG.with(1, 0x16)],
    ]),
    'no',
  )
  assert.equal(
    told('udp', [
      [0, PING],
      [1, PONG.subarray(0, 5)],
    ]),
    'no',
  )
  assert.equal(
    told('udp', [
      [0, PING],
      [0, PONG],
    ]),
    'no',
  )
})

test('a search alone is unsure, among others nothing', () => {
  assert.equal(fitted([[0, SEARCH]]), 'search unsure')
  assert.equal(fitted([[0, SEARCH2]]), 'search unsure')
  assert.equal(
    fitted([
      [0, SEARCH],
      [1, fromHex('99')],
    ]),
    'no',
  )
  assert.equal(fitted([[0, concat(fromHex('01aabbcc'), bytesOf('QQ:'))]]), 'no')
})

test('what is looked for and asked for is said', () => {
  const flow = factsOf('udp', 'search')
  const kept = checkSession(soribada, flow, [
    [0, PING],
    [1, PONG],
    [0, SEARCH],
    [0, SEARCH2],
  ])
  assert.deepEqual(
    kept.of('search').map(({ by, text }) => [by, text]),
    [
      [flow.ends[0], 'arirang'],
      [flow.ends[0], 'arirang'],
    ],
  )
  const download = factsOf('tcp', 'download')
  const asked = checkSession(soribada, download, [
    [0, REQUEST],
    [1, new Uint8Array(500).fill(7)],
  ])
  const [by, of] = download.ends
  assert.deepEqual(asked.of('request'), [
    { type: 'request', by, of, what: 'download', name: 'C:\\music\\arirang.mp3' },
  ])
  assert.deepEqual(asked.of('threat'), [])
  const known = Object.keys(logs.soribada.properties)
  for (const { fields } of [...kept.of('message'), ...asked.of('message')]) {
    assert.deepEqual(
      Object.keys(fields).filter((key) => !known.includes(key)),
      [],
    )
  }
})

test('a path that leaves its folder is a threat', () => {
  const bad = bytesOf('GETMP3\r\nFilename: ..\\..\\boot.ini\r\n')
  const kept = checkSession(soribada, factsOf('tcp', 'download'), [[0, bad]])
  assert.deepEqual(
    kept.of('threat').map(({ threat }) => threat),
    ['path-traversal'],
  )
})
