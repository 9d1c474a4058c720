/** Tables of routes, as text and as MRT of hand-made records; what they do not announce is bogus. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { Evidence } from './evidence.ts'
import { Routes } from './routes.ts'
import { RoutesFault, RoutesReader } from './routes-file.ts'

function read(bytes: Uint8Array, piece = bytes.length): { routes: Routes; others: number } {
  const routes = new Routes()
  const reader = new RoutesReader(routes)
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece))
  reader.end()
  return { routes, others: reader.others }
}

/** RFC 6396 section 2: time, type 13, subtype, size, body. */
function record(subtype: number, body: string): Uint8Array {
  const bytes = fromHex(body.replaceAll(' ', ''))
  return concat(Uint8Array.of(0x4b, 0, 0, 0, 0, 13, 0, subtype, 0, 0, 0, bytes.length), bytes)
}

/** An entry: peer 1, some time, attributes of four bytes. */
const ENTRY = '0001 0001 4b000000 0004 40010100'

test('addresses inside an announced network are announced, by the bits of its prefix', () => {
  const { routes, others } = read(
    bytesOf('# table\n192.0.2.0/25 64500\n10.0.0.0/9, x\n\nnot one\n2001:db8::/33'),
  )
  assert.deepEqual([routes.size, others], [3, 1])
  const has = (ip: string) => routes.has(ip)
  assert.deepEqual(['192.0.2.0', '192.0.2.127', '192.0.2.128'].map(has), [true, true, false])
  assert.deepEqual(['10.127.255.255', '10.128.0.0', '9.255.255.255'].map(has), [true, false, false])
  assert.deepEqual(['2001:db8:7fff::1', '2001:db8:8000::1'].map(has), [true, false])
})

test('a default route announces nothing, and of IPv6 a table without any says nothing', () => {
  const { routes } = read(bytesOf('0.0.0.0/0\n192.0.2.0/24\n'))
  assert.equal(routes.size, 1)
  assert.equal(routes.has('198.51.100.1'), false)
  assert.equal(routes.has('2001:db8::1'), true)
})

test('MRT tables are read, in pieces of any size; peers and entries are passed over', () => {
  const table = concat(
    record(1, '00000000 0000 0000'),
    record(2, `00000000 18 c00002 ${ENTRY}`),
    record(2, `00000001 13 0a20c0 ${ENTRY}`),
    record(4, `00000002 20 20010db8 ${ENTRY}`),
  )
  for (const piece of [table.length, 1, 7, 40]) {
    const { routes, others } = read(table, piece)
    assert.deepEqual([routes.size, others], [3, 1], String(piece))
    // 10.32.192.0/19 ends at 10.32.223.255.
    assert.equal(routes.has('10.32.223.255'), true)
    assert.equal(routes.has('10.32.224.0'), false)
    assert.equal(routes.has('192.0.2.9'), true)
    assert.equal(routes.has('2001:db8:ffff::1'), true)
  }
})

test('what is no table is a fault, with the place', () => {
  const whole = record(2, `00000000 18 c00002 ${ENTRY}`)
  assert.throws(() => read(whole.subarray(0, whole.length - 1)), /inside a record, at byte 33/)
  assert.throws(() => read(bytesOf('nothing\n')), /no network/)
  assert.throws(() => read(record(2, '00000000 21 c000020000')), /broken prefix/)
  assert.throws(() => read(new Uint8Array(100)), RoutesFault)
  assert.throws(() => read(new Uint8Array(10_000).fill(65)), /does not end/)
})

test('what is not announced is a class of its own, beside the registries and the dark', () => {
  const { routes } = read(bytesOf('9.0.0.0/8\n'))
  const evidence = new Evidence({
    isDark: (ip) => ip === '8.0.0.1',
    isAnnounced: (ip) => routes.has(ip),
  })
  const why = (ip: string, isWithin = false) =>
    evidence.bogus({ about: { ip, port: 1 }, family: 'f', isWithin })
  assert.deepEqual(
    ['9.1.1.1', '11.1.1.1', '240.0.0.1', '8.0.0.1'].map((ip) => why(ip)),
    [undefined, 'unannounced', 'unroutable', 'dark'],
  )
  assert.equal(why('192.168.1.1', true), undefined)
  // Who is there is there, whatever the table says.
  evidence.lives({ ip: '12.1.1.1', port: 1 }, 'f', 'peer', 0)
  assert.equal(why('12.1.1.1'), undefined)
})
