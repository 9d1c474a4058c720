/** The biggest families that are shown have a colour each; all others are grey. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { familiesOf } from './families.ts'

const NAMES = Array.from({ length: 18 }, (_, at) => `family ${at}`)

test('of eighteen families the eight biggest have eight colours, the small none', () => {
  const { colour } = familiesOf([], NAMES, new Map())
  assert.equal(new Set(NAMES.slice(0, 8).map(colour)).size, 8)
  assert.ok(!NAMES.slice(0, 8).map(colour).includes('rest'))
  assert.deepEqual([...new Set(NAMES.slice(8).map(colour))], ['rest'])
})

test('in another time range who stays big keeps its colour, and a newcomer gets a free one', () => {
  const kept = new Map<string, number>()
  const before = familiesOf([], NAMES, kept)
  const now = familiesOf([], [NAMES[17]!, ...NAMES.slice(1)], kept)
  for (const name of NAMES.slice(1, 8)) assert.equal(now.colour(name), before.colour(name))
  assert.equal(now.colour(NAMES[17]!), before.colour(NAMES[0]!))
  assert.equal(now.colour(NAMES[0]!), 'rest')
})
