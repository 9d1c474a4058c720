/** Tags: every value type in both forms, both counts, and the faults. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { FILE } from '../samples-in-test.ts'
import { findTag, TAG, type Tag, tagListWire8, tagListWire32, tagNumber, tagText } from './tag.ts'

/** One tag of each type, id aa, with a value that shows the byte order. */
// biome-ignore format: a table
const VALUES: readonly (readonly [type: number, value: string])[] = [
  [0x01, FILE], [0x02, '0300 616263'], [0x03, '04030201'], [0x04, '0000c03f'], [0x05, '01'],
  [0x06, '0900 ff01'], [0x07, '03000000 010203'], [0x08, '0201'], [0x09, '07'], [0x0a, '02 0102'],
  [0x0b, '0807060504030201'], [0x11, '61'], [0x13, '616263'], [0x20, '30313233343536373839616263646566'],
]

function longForm([type, value]: readonly [number, string]): string {
  return `${type.toString(16).padStart(2, '0')} 0100 aa ${value}`
}

function shortForm([type, value]: readonly [number, string]): string {
  return `${(type + 0x80).toString(16)} aa ${value}`
}

function read(text: string): readonly Tag[] {
  const outcome = tagListWire32.parse(fromHex(text), 0)
  assert.equal(outcome.kind, 'message', text)
  return outcome.kind === 'message' ? outcome.message : []
}

test('tag lists of all types, long and short, pass the examination of wires', () => {
  const samples = VALUES.flatMap((each) => [
    fromHex(`01000000 ${longForm(each)}`),
    fromHex(`01000000 ${shortForm(each)}`),
  ])
  const all = `${(2 * VALUES.length).toString(16)}000000`
  samples.push(fromHex(all + VALUES.map((each) => longForm(each) + shortForm(each)).join('')))
  samples.push(fromHex('01000000 02 0400 6e616d65 0200 6869'))
  samples.push(fromHex('01000000 03 0000 01000000'))
  checkWire(tagListWire32, samples, { noiseCount: 4_000 })
})

test('Kad counts its tags in one byte', () => {
  const kad = VALUES.map(longForm).join('')
  checkWire(tagListWire8, [fromHex('00'), fromHex(`0e ${kad}`)], { noiseCount: 4_000 })
})

test('values are read in their byte order', () => {
  const value = (type: number) => read(`01000000 ${longForm(VALUES.find(([t]) => t === type)!)}`)
  assert.equal(tagNumber(value(0x03), 0xaa), 0x01020304)
  assert.equal(tagNumber(value(0x04), 0xaa), 1.5)
  assert.equal(tagNumber(value(0x08), 0xaa), 0x0102)
  assert.equal(findTag(value(0x0b), 0xaa)?.value, 0x0102030405060708n)
  assert.equal(tagText(value(0x13), 0xaa), 'abc')
  assert.equal(tagText(value(0x02), 0xaa), 'abc')
  // The bits of a bool array take one byte more than they need: 9 bits, two bytes; 8 bits, too.
  assert.equal(hex(findTag(value(0x06), 0xaa)!.value as Uint8Array), '0900ff01')
})

test('a name of one byte is an id, a longer one a text', () => {
  const [tag] = read('01000000 02 0400 6e616d65 0200 6869')
  assert.equal(tag!.id, -1)
  assert.equal(tag!.name, 'name')
  assert.equal(tagText(read('01000000 02 0100 01 0200 6869'), TAG.name), 'hi')
})

test('a size beyond 4 GiB comes as 64 bits or in two halves', () => {
  assert.equal(tagNumber(read('01000000 8b 02 0000000002000000'), TAG.size), 0x2_0000_0000)
})

test('faults: an unknown type, a value that is not there, a count that cannot be', () => {
  const fault = (text: string) => {
    const outcome = tagListWire32.parse(fromHex(text), 0)
    return outcome.kind === 'malformed' ? [outcome.fault, outcome.at] : outcome.kind
  }
  assert.deepEqual(fault('01000000 0c 0100 aa 00'), ['tag-type-unknown', 8])
  assert.deepEqual(fault('01000000 02 0100 aa ffff 61'), ['body-short', 10])
  assert.deepEqual(fault('ffffffff 02'), ['count-exceeds-body', 4])
})
