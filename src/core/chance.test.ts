/** What a cipher puts out passes; what means something does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { bytesOf, concat, fromHex } from './bytes.ts'
import { bothLookRandom, lookRandomTogether, looksRandom } from './chance.ts'
import { randomFrom } from './random.ts'

const next = randomFrom(7)

function chance(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => next() % 256)
}

test('of chance in any size, two in a thousand are refused at most', () => {
  for (const [from, to] of [
    [1, 20],
    [20, 250],
    [250, 1500],
  ] as const) {
    let refused = 0
    for (let round = 0; round < 10_000; round++) {
      if (!looksRandom(chance(from + (round % (to - from))))) refused++
    }
    assert.ok(refused < 20, `${refused} of 10,000 with ${from} to ${to} bytes`)
  }
})

test('a part of the bytes is judged by itself', () => {
  const bytes = concat(new Uint8Array(50), chance(100), bytesOf('what follows can be read'))
  assert.equal(looksRandom(bytes), false)
  assert.equal(looksRandom(bytes, 50, 100), true)
  assert.equal(looksRandom(bytes, 150), false)
})

test('compressed bytes are as good as chance: the structure has to tell', () => {
  assert.equal(looksRandom(deflateRawSync(chance(300)).subarray(8)), true)
})

const TEXTS = {
  'a request': 'GET /index.html HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n',
  'a greeting': '220 mail.example.org ESMTP ready\r\n',
  base64: Buffer.from(chance(300)).toString('base64'),
  'Cyrillic in UTF-8': 'Съешь же ещё этих мягких французских булок да выпей чаю',
}

for (const [what, text] of Object.entries(TEXTS)) {
  test(`${what} is no chance`, () =>
    assert.equal(looksRandom(new TextEncoder().encode(text)), false))
}

// biome-ignore format: a table
const FORMATS: Readonly<Record<string, Uint8Array>> = {
  zeros: new Uint8Array(64),
  'values from 0 to 15': Uint8Array.from({ length: 128 }, (_, i) => i % 16),
  counters: Uint8Array.from({ length: 400 }, (_, i) => (i % 4 === 3 ? i : 0)),
  'a length of eight bytes, then chance': concat(bytesOf('ZBXD'), fromHex('034e00000045000000'), chance(78)),
  'a name in chance': concat(chance(40), bytesOf('EXAMPLE.ORG-1994'), chance(40)),
  'seven bits of each byte': chance(200).map((byte) => byte % 128),
  'every value twice': Uint8Array.from([...chance(128)].flatMap((byte) => [byte, byte])),
}

for (const [what, bytes] of Object.entries(FORMATS)) {
  test(`${what}: no chance`, () => assert.equal(looksRandom(bytes), false))
}

test('datagrams of chance pass together, all but one flow in a hundred', () => {
  let refused = 0
  for (let round = 0; round < 1_000; round++) {
    const datagrams = Array.from({ length: 8 }, (_, i) => {
      return { from: (i % 2) as 0 | 1, bytes: chance(64 + (round % 400)) }
    })
    if (!lookRandomTogether(datagrams)) refused++
  }
  // Each datagram for itself is refused once in 1,500, eight of them once in 190.
  assert.ok(refused < 15, `${refused} of 1,000`)
})

test('datagrams with a head in the clear do not, one that is sent again does', () => {
  const headed = Array.from({ length: 4 }, () => {
    return { from: 0 as const, bytes: concat(fromHex('30ff1234abcd'), chance(80)) }
  })
  assert.ok(headed.every(({ bytes }) => looksRandom(bytes)))
  assert.equal(lookRandomTogether(headed), false)
  const bytes = concat(fromHex('d3a1'), chance(80))
  const again = { from: 0 as const, bytes }
  assert.equal(lookRandomTogether([again, again, again]), looksRandom(bytes))
})

test('a DER structure with its length is no chance, and is with another length', () => {
  const sealed = (length: number) => {
    return [{ from: 0 as const, bytes: concat(fromHex('6a81'), Uint8Array.of(length), rest) }]
  }
  const rest = chance(150)
  assert.equal(lookRandomTogether(sealed(150)), false)
  assert.equal(lookRandomTogether(sealed(151)), true)
})

test('streams whose sides begin with the same small number are no chance', () => {
  const [a, b] = [chance(200), chance(200)]
  const begun = (one: number, other: number) =>
    bothLookRandom([concat(Uint8Array.of(one), a), concat(Uint8Array.of(other), b)])
  assert.equal(begun(3, 3), false)
  assert.equal(begun(0x16, 0x16), false)
  assert.equal(begun(3, 0x99), true)
  assert.equal(begun(0x99, 0x99), true)
})
