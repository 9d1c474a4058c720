/** Bencoding holds against the inputs that break other readers, and writes back what it read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, hex } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import { latin1 } from '../../core/text.ts'
import { BDict, BENCODE_FAULTS, type BValue, bdecode, bdecodeCut, bencode } from './bencode.ts'

function read(text: string, at = 0): BValue {
  const outcome = bdecode(bytesOf(text), at)
  if (outcome.kind !== 'message') assert.fail(`${text}: ${JSON.stringify(outcome)}`)
  assert.equal(outcome.size, text.length - at)
  return outcome.message
}

function refused(text: string): string {
  const outcome = bdecode(bytesOf(text), 0)
  return outcome.kind === 'malformed' ? `${outcome.fault} at ${outcome.at}` : outcome.kind
}

test('reads the examples of BEP 3', () => {
  assert.equal(latin1(read('4:spam') as Uint8Array), 'spam')
  assert.equal(read('i3e'), 3)
  assert.equal(read('i-3e'), -3)
  assert.equal(read('i0e'), 0)
  assert.deepEqual(read('l4:spam4:eggse'), [bytesOf('spam'), bytesOf('eggs')])
  const dict = read('d3:cow3:moo4:spaml1:a1:bee') as BDict
  assert.deepEqual(dict.keys, ['cow', 'spam'])
  assert.equal(latin1(dict.bytes('cow')!), 'moo')
  assert.deepEqual(dict.list('spam'), [bytesOf('a'), bytesOf('b')])
  assert.deepEqual(dict.span('spam'), [17, 25])
})

test('refuses what two readers could understand differently', () => {
  // biome-ignore format: a table
  const table = [
    ['-5:ab', 'bencode-bad-start at 0'],
    ['i-0e', 'bencode-bad-integer at 0'],
    ['i03e', 'bencode-bad-integer at 0'],
    ['i-03e', 'bencode-bad-integer at 0'],
    ['ie', 'bencode-bad-integer at 0'],
    ['i-e', 'bencode-bad-integer at 0'],
    ['i--1e', 'bencode-bad-integer at 0'],
    ['i1.5e', 'bencode-bad-integer at 0'],
    ['i 1e', 'bencode-bad-integer at 0'],
    ['03:abc', 'bencode-bad-length at 0'],
    ['3x:abc', 'bencode-bad-length at 0'],
    ['99999999999:ab', 'bencode-too-long at 0'],
    [`i1${'0'.repeat(40)}e`, 'bencode-too-long at 0'],
    ['di1e1:ae', 'bencode-key-not-string at 1'],
    ['d1:ae', 'bencode-value-missing at 4'],
    ['e', 'bencode-bad-start at 0'],
    ['x', 'bencode-bad-start at 0'],
    ['lxe', 'bencode-bad-start at 1'],
    ['l'.repeat(100_000) + 'e'.repeat(100_000), 'bencode-too-deep at 32'],
    ['d1:a'.repeat(50_000), 'bencode-too-deep at 128'],
  ] as const
  for (const [input, expected] of table) {
    assert.equal(refused(input), expected, input.slice(0, 40))
    assert.ok(BENCODE_FAULTS.some((fault) => expected.startsWith(fault)))
  }
})

test('keeps 64-bit numbers exact', () => {
  assert.equal(read('i9223372036854775807e'), 9223372036854775807n)
  assert.equal(read('i-9223372036854775808e'), -9223372036854775808n)
  assert.equal(read('i9007199254740991e'), 9007199254740991)
  assert.equal(read('i9007199254740992e'), 9007199254740992n)
  for (const text of ['i9223372036854775807e', 'i-42e', 'i18446744073709551615e']) {
    assert.equal(latin1(bencode(read(text))), text)
  }
})

test('keeps unsorted and repeated keys, and tells them', () => {
  const bytes = 'd1:b1:x1:a1:y1:a1:ze'
  const dict = read(bytes) as BDict
  assert.deepEqual(dict.keys, ['b', 'a', 'a'])
  assert.equal(latin1(dict.bytes('a')!), 'y')
  assert.equal(dict.sorted, false)
  assert.equal(dict.duplicates, true)
  assert.equal(latin1(bencode(dict)), bytes)
  const plain = read('d1:a1:y1:b1:xe') as BDict
  assert.equal(plain.sorted, true)
  assert.equal(plain.duplicates, false)
})

test('a key is a key, whatever its name', () => {
  const dict = read('d9:__proto__d3:foo3:bare11:constructori1ee') as BDict
  assert.equal(latin1(dict.dict('__proto__')!.bytes('foo')!), 'bar')
  assert.equal(dict.number('constructor'), 1)
  assert.equal(dict.get('toString'), undefined)
  assert.equal(({} as Record<string, unknown>).foo, undefined)
})

test('a key of raw bytes is kept exactly', () => {
  const hash = Array.from({ length: 20 }, (_, i) => String.fromCharCode(236 + i)).join('')
  const bytes = `d5:filesd20:${hash}d8:completei5eeee`
  const files = (read(bytes) as BDict).dict('files')!
  assert.equal(files.keys[0], hash)
  assert.equal(files.dict(hash)!.number('complete'), 5)
  assert.equal(latin1(bencode(read(bytes))), bytes)
})

test('a dictionary of many keys is searched as well as a small one', () => {
  const keys = Array.from({ length: 100 }, (_, i) => `k${String(i).padStart(3, '0')}`)
  const bytes = `d${keys.map((key, i) => `4:${key}i${i}e`).join('')}4:k000i9ee`
  const dict = read(bytes) as BDict
  assert.equal(dict.number('k000'), 0)
  assert.equal(dict.number('k099'), 99)
  assert.equal(dict.get('k100'), undefined)
  assert.equal(dict.duplicates, true)
})

test('leaves the rest to the caller and begins where it is told', () => {
  const outcome = bdecode(bytesOf('i1eGARBAGE'), 0)
  assert.deepEqual(outcome, { kind: 'message', message: 1, size: 3 })
  assert.equal(read('xxi42e', 2), 42)
  const dict = read('xxd1:ai1ee', 2) as BDict
  assert.deepEqual(dict.span('a'), [6, 9])
})

test('every truncation says how much is needed at least', () => {
  const text = 'd1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:yi-12ee'
  for (let size = 0; size < text.length; size++) {
    const outcome = bdecode(bytesOf(text.slice(0, size)), 0)
    assert.equal(outcome.kind, 'need', `${size} bytes`)
    if (outcome.kind === 'need') {
      assert.ok(outcome.size > size && outcome.size <= text.length, `${size}: ${outcome.size}`)
    }
  }
  assert.deepEqual(bdecode(bytesOf('d1:ad2:id20:abc'), 0), { kind: 'need', size: 32 })
})

test('what it reads of random bytes, it writes back', () => {
  const random = randomFrom(3)
  const alphabet = bytesOf('dlie0123456789:-ab')
  let read = 0
  for (let round = 0; round < 50_000; round++) {
    const bytes = new Uint8Array(1 + (random() % 24))
    for (let i = 0; i < bytes.length; i++) bytes[i] = alphabet[random() % alphabet.length]!
    const outcome = bdecode(bytes, 0)
    if (outcome.kind !== 'message') continue
    read++
    assert.equal(hex(bencode(outcome.message)), hex(bytes, 0, outcome.size))
  }
  assert.ok(read > 500, `only ${read} of the inputs were values`)
})

test('made dictionaries are sorted and leave out what is undefined', () => {
  const dict = BDict.of({ y: bytesOf('q'), a: BDict.of({ id: bytesOf('x') }), ro: undefined, q: 1 })
  assert.equal(latin1(bencode(dict)), 'd1:ad2:id1:xe1:qi1e1:y1:qe')
})

test('a cut dictionary gives what is whole in it', () => {
  const text = 'd1:ad2:id20:abcdefghij01234567894:listl1:x2:yye1:zi1ee1:q4:pinge'
  const cut = (size: number) => bdecodeCut(bytesOf(text.slice(0, size)), 0)
  assert.deepEqual(cut(1)?.keys, [])
  assert.deepEqual(cut(20)?.dict('a')?.keys, [])
  const args = cut(44)?.dict('a')
  assert.deepEqual(args?.keys, ['id', 'list'])
  assert.deepEqual(args?.list('list'), [bytesOf('x')])
  assert.deepEqual(cut(text.length)?.keys, ['a', 'q'])
  assert.equal(bdecodeCut(bytesOf('i1'), 0), undefined)
  assert.equal(bdecodeCut(bytesOf('d1:a03:xx'), 0), undefined)
  for (let size = 0; size <= text.length; size++) cut(size)
})
