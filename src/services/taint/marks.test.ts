/** A mark is told from every other, and its way of standing from every other, by its address alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MARKS_MAX, markAt, readMark } from './marks.ts'

function permutations<T>(of: readonly T[]): T[][] {
  if (of.length <= 1) return [[...of]]
  return of.flatMap((first, i) =>
    permutations([...of.slice(0, i), ...of.slice(i + 1)]).map((rest) => [first, ...rest]),
  )
}

test('the first mark stands where the ranges say', () => {
  assert.deepEqual(markAt({ channel: 0, group: 0, number: 0 }), { ip: '11.33.55.78', port: 0x5080 })
  assert.deepEqual(markAt({ channel: 2, group: 1, number: 3 }), { ip: '14.34.57.84', port: 0x5381 })
})

test('no two marks share an address in any of its 24 orders, and each order says itself', () => {
  const seen = new Set<string>()
  for (let channel = 0; channel < 5; channel++) {
    for (let group = 0; group < 3; group++) {
      for (let number = 0; number < 8; number++) {
        const { ip, port } = markAt({ channel, group, number })
        for (const octets of permutations(ip.split('.'))) {
          const other = octets.join('.')
          assert.ok(!seen.has(other), other)
          seen.add(other)
          const read = readMark({ ip: other, port })
          assert.deepEqual(
            [read?.channel, read?.group, read?.number, read?.port],
            [channel, group, number, 'same'],
          )
        }
      }
    }
  }
  assert.equal(seen.size, 5 * 3 * 8 * 24)
})

test('orders have the names by which people know them', () => {
  const { port } = markAt({ channel: 2, group: 1, number: 3 })
  const orderOf = (ip: string) => readMark({ ip, port })?.order
  assert.equal(orderOf('14.34.57.84'), 'identity')
  assert.equal(orderOf('84.57.34.14'), 'reversed')
  assert.equal(orderOf('34.14.84.57'), 'swap16')
  assert.equal(orderOf('57.84.14.34'), 'rot16')
  assert.equal(orderOf('14.34.84.57'), '1243')
})

test('a port that stands backwards is told from another one', () => {
  const { ip } = markAt({ channel: 2, group: 1, number: 3 })
  assert.equal(readMark({ ip, port: 0x5381 })?.port, 'same')
  assert.equal(readMark({ ip, port: 0x8153 })?.port, 'swapped')
  assert.equal(readMark({ ip, port: 6881 })?.port, 'other')
})

test('ordinary addresses are no marks', () => {
  const port = 0x5080
  for (const ip of ['198.18.0.1', '203.0.113.5', '11.33.55.79', '11.33.55.100', '10.33.55.78']) {
    assert.equal(readMark({ ip, port }), undefined, ip)
  }
  assert.equal(readMark({ ip: '11.12.55.78', port }), undefined, 'twice from one range')
  assert.equal(readMark({ ip: '2001:db8::1', port }), undefined)
  assert.ok(MARKS_MAX >= 8)
})
