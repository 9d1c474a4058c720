/** Killing the writer at any moment loses nothing that was flushed, and never the file. */
import { test } from 'node:test'
import { killAndLook } from './killing-in-test.ts'

test('fifty kills of a process that writes without a pause', { timeout: 600_000 }, async () => {
  await killAndLook(50)
})
