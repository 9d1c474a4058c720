/** Things are said once, and beyond the bound again rather than not at all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SaidOnce } from './said-once.ts'

test('a key is new once; beyond the bound it is always new', () => {
  const said = new SaidOnce(2)
  assert.deepEqual(
    ['a', 'a', 'b', 'c', 'c', 'a', 'b'].map((key) => said.isNew(key)),
    [true, false, true, true, true, false, false],
  )
})
