/** Search trees: all node kinds, as text, and how deep they may go. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { str16 } from '../samples-in-test.ts'
import { searchTreeWire, treeText, treeWords } from './search-tree.ts'

const WORD = `01 ${str16('handbook')}`
const TYPE = `02 ${str16('Pro')} 0100 03`
const SIZE = '03 00001000 01 0100 02'
const WIDE = '08 0000000002000000 04 0100 02'
const NAMED = `02 ${str16('x')} ${str16('Artist')}`

function shown(text: string): string {
  const read = searchTreeWire.parse(fromHex(text), 0)
  assert.equal(read.kind, 'message', JSON.stringify(read))
  return read.kind === 'message' ? treeText(read.message) : ''
}

test('all node kinds pass the examination of wires', () => {
  checkWire(
    searchTreeWire,
    [
      WORD,
      TYPE,
      SIZE,
      WIDE,
      NAMED,
      `00 00 ${WORD} ${TYPE}`,
      `00 02 00 01 ${WORD} 01 ${str16('guide')} ${SIZE}`,
    ].map(fromHex),
    { noiseCount: 4_000 },
  )
})

test('a tree is told as a person would type it', () => {
  assert.equal(shown(WORD), 'handbook')
  assert.equal(
    shown(`00 00 ${WORD} 00 00 ${TYPE} ${SIZE}`),
    'handbook AND type=Pro AND size>1048576',
  )
  assert.equal(shown(`00 00 ${WORD} ${WIDE}`), 'handbook AND size<=8589934592')
  assert.equal(shown(`00 02 00 01 ${WORD} ${NAMED} ${TYPE}`), '(handbook OR Artist=x) NOT type=Pro')
})

test('the words asked for leave out properties and what is excluded', () => {
  const read = searchTreeWire.parse(fromHex(`00 02 ${WORD} 01 ${str16('draft')}`), 0)
  assert.deepEqual(read.kind === 'message' && treeWords(read.message), ['handbook'])
})

test('24 levels are read, 25 are refused without recursing on', () => {
  const nested = (count: number) =>
    concat(...Array.from({ length: count - 1 }, () => fromHex(`00 00 ${WORD}`)), fromHex(WORD))
  assert.equal(searchTreeWire.parse(nested(24), 0).kind, 'message')
  const deep = searchTreeWire.parse(nested(25), 0)
  assert.equal(deep.kind === 'malformed' && deep.fault, 'tree-too-deep')
  const hostile = searchTreeWire.parse(new Uint8Array(1_000_000), 0)
  assert.equal(hostile.kind === 'malformed' && hostile.fault, 'tree-too-deep')
})

test('an unknown node or operator is a fault', () => {
  for (const text of ['04 0000', '00 03 01 0000 01 0000', 'ff0000']) {
    const read = searchTreeWire.parse(fromHex(text), 0)
    assert.equal(read.kind === 'malformed' && read.fault, 'tree-node-unknown', text)
  }
})
