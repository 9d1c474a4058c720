/** For tests that write files. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

/**
 * An empty folder that goes with all that is in it.
 * @param test  when this test is over; without, when all tests of the file are
 */
export function temporaryFolder(test: { after(then: () => void): void } = { after }): string {
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
