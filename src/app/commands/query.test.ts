/** `peerscope query`: what strangers named is shown and never acted upon; a slip is shown with its place. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { repositoryFile } from '../../core/repository.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { openStore } from '../../services/store/store.ts'
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
    [...linesOf(TABLE, 'text')],
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

test('a slip in the question is wrong usage and shown with its place; no store is a failure', async (context) => {
  const folder = temporaryFolder(context)
  const path = join(folder, 'a.duckdb')
  await (await openStore(path)).close()
  const query = (sql: string, store = path) => {
    const main = repositoryFile('dist/src/app/main.js')
    return spawnSync(process.execPath, [main, 'query', sql, '--store', store], { encoding: 'utf8' })
  }
  const slip = query('select 1,\n  nope from flows')
  assert.equal(slip.status, 2)
  assert.match(slip.stderr, /nope.*\n[\s\S]*LINE 2: {3}nope from flows\n {10}\^/)
  assert.equal(query('drop table flows').status, 2)
  assert.equal(query('select 1').status, 0)
  assert.equal(query('select 1', join(folder, 'none.duckdb')).status, 1)
})
