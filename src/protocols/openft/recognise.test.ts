/** OpenFT needs two versions and an address or a word, or one header; zeros alone are nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { download, talk } from './fixtures/make-link.ts'
import { fits, recognise } from './recognise.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]

function told(said: Talk, count?: number, fromStart = true): string {
  const sight = recognise(lookAt(madeFlow('tcp', said, fromStart), count))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

test('a link is waited for until an address or a word comes', () => {
  assert.deepEqual(
    [1, 2, 3, 4].map((count) => told(talk, count)),
    ['more', 'more', 'more', 'node certain'],
  )
})

/** Versions of 2002, three numbers; then class and nodeinfo with an address of 18 bytes. */
const OLD: Talk = [
  [0, fromHex('0000 0000')],
  [1, fromHex('0006 0001 0000 0000 0005 0000 0000')],
  [0, fromHex('0006 0001 0000 0000 0005 0000 0002')],
  [1, fromHex('0002 0003 0002')],
]

test('versions alone are likely in the end, with the address of a node of 2002 certain', () => {
  assert.equal(told(OLD), 'node likely')
  const info = fromHex('0016 0005 0004 00000000 000000000000000000000000 04bf 04c0')
  assert.equal(told([...OLD, [1, info]]), 'node certain')
})

test('one side is not enough, nor is the middle of a connection', () => {
  assert.equal(told(talk.filter(([side]) => side === 1)), 'no')
  assert.equal(told([talk[0]!, talk[1]!]), 'no')
  assert.equal(told(talk, undefined, false), 'no')
})

test('near misses: Modbus, zeros, illegal frames, impossible versions', () => {
  // Modbus: transaction 0, protocol 0, length 6, unit 0, function 1; and its answer.
  const modbus: Talk = [
    [0, fromHex('0000 0000 0006 00 01 0000 0005')],
    [1, fromHex('0000 0000 0004 00 01 01 05')],
    [0, fromHex('0001 0000 0006 00 01 0000 0005')],
    [1, fromHex('0001 0000 0004 00 01 01 05')],
  ]
  for (const count of [1, 2, 3, 4]) {
    assert.ok(['no', 'more'].includes(told(modbus, count)), String(count))
  }
  assert.equal(told(modbus), 'no')
  assert.equal(told([[0, new Uint8Array(600)]], 1), 'no')
  assert.equal(
    told([
      [0, new Uint8Array(64)],
      [1, new Uint8Array(64)],
    ]),
    'no',
  )
  const unknown: Talk = [...talk.slice(0, 3), [1, fromHex('0001 0042 00')]]
  assert.equal(told(unknown), 'no')
  const zero = fromHex('0008 0001 0000 0000 0000 0000')
  assert.equal(
    told([
      [0, concat(fromHex('0000 0000'), zero)],
      [1, zero],
    ]),
    'no',
  )
  const large = fromHex('0008 0001 0000 0002 0001 0106')
  assert.equal(
    told([
      [0, large],
      [1, large],
    ]),
    'no',
  )
})

test('a transfer by its header, on either side, in either case', () => {
  assert.equal(told(download, 1), 'transfer certain')
  assert.equal(told([download[1]!]), 'transfer certain')
  const lower = bytesOf('PUSH /a HTTP/1.1\r\nrange: bytes=0-1\r\nx-openftalias: a\r\n\r\n')
  assert.equal(told([[0, lower]]), 'transfer certain')
})

test('near misses of transfers', () => {
  for (const head of [
    'GET /x HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /X-OpenftAlias: HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /x HTTP/1.1\r\nHost: a\r\n\r\nX-OpenftAlias: b\r\n',
    'X-OpenftAlias: b\r\n\r\n',
    `GET /x HTTP/1.1\r\nCookie: ${'a'.repeat(1100)}\r\nX-OpenftAlias: b\r\n\r\n`,
  ]) {
    assert.equal(told([[0, bytesOf(head)]], 1), 'no', head.slice(0, 60))
  }
})

test('only attempts fit', () => {
  assert.equal(fits(lookAt(madeFlow('tcp', []))).length, 2)
  assert.equal(fits(lookAt(madeFlow('tcp', talk))).length, 0)
})
