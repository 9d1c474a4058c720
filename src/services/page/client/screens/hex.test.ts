/** A dump has the columns that people know from other tools. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hexLines } from './hex.ts'

test('sixteen bytes a line, the last one padded', () => {
  const hex = [...'GET / HTTP/1.1\r\n', 'A', '~']
    .map((c) => c.charCodeAt(0).toString(16).padStart(2, '0'))
    .join('')
  assert.deepEqual(hexLines(hex), [
    '0000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1··',
    `0010  41 7e${' '.repeat(43)}  A~`,
  ])
})
