/** What another policy changes is told in its order: kept lines are as many as can be kept. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changes } from './changes.ts'

const SIGNS = { same: ' ', new: '+', gone: '-' } as const

function told(before: string, after: string): string {
  const rows = changes([...before], [...after], (letter) => letter)
  return rows.map(({ row, change }) => `${SIGNS[change]}${row}`).join('')
}

test('lines that stay, come and go', () => {
  assert.equal(told('', ''), '')
  assert.equal(told('abc', 'abc'), ' a b c')
  assert.equal(told('', 'ab'), '+a+b')
  assert.equal(told('ab', ''), '-a-b')
  assert.equal(told('abc', 'axc'), ' a-b+x c')
  // A line that moves is gone at one place and new at the other; two of three stay.
  assert.equal(told('abc', 'bca'), '-a b c+a')
})

test('what differs too much is told as gone and new, with what both begin with', () => {
  const many = (letter: string) => Array.from({ length: 2100 }, (_, at) => `${letter}${at}`)
  const rows = changes(['first', ...many('a')], ['first', ...many('b')], (line) => line)
  const counts = { same: 0, new: 0, gone: 0 }
  for (const { change } of rows) counts[change]++
  assert.deepEqual(counts, { same: 1, new: 2100, gone: 2100 })
})
