/** Every capture with accepted events still says just these. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { captures, difference } from './baseline.ts'

for (const capture of captures()) {
  test(`events of ${capture.replace(/^.*\/src\//, 'src/')} are those accepted`, async () => {
    assert.equal(await difference(capture), '', 'npm run baseline show, then accept')
  })
}
