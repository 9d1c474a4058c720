/** `peerscope query`: what strangers named is shown and never acted upon. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesOf } from './query.ts'

const TABLE = {
  columns: ['flow', 'name', 'bytes'],
  rows: [
    ['1.1', '=cmd()', 12],
    ['1.2', 'a\u001b[31m "b", c', -3456],
    ['1.3', null, null],
  ],
}

test('a table: numbers to the right, control characters shown as such', () => {
  assert.deepEqual(
    [...linesOf(TABLE, 'table')],
    [
      'flow  name              bytes',
      '----  ----------------  -----',
      '1.1   =cmd()               12',
      '1.2   a\\x1b[31m "b", c  -3456',
      '1.3',
    ],
  )
})

test('CSV: formulas are no formulas, numbers are numbers', () => {
  assert.deepEqual(
    [...linesOf(TABLE, 'csv')],
    ['flow,name,bytes', "1.1,'=cmd(),12", '1.2,"a\u001b[31m ""b"", c",-3456', '1.3,,'],
  )
})

test('JSON: a line for each row', () => {
  assert.deepEqual(
    [...linesOf({ columns: ['a', 'b'], rows: [[1, { c: [null] }]] }, 'json')],
    ['{"a":1,"b":{"c":[null]}}'],
  )
})
