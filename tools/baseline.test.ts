/** Every capture with accepted events still says just these. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repositoryFile } from '../src/core/repository.ts'
import { captures, difference } from './baseline.ts'

test('the sample, and captures of every kind, have accepted events', () => {
  const all = captures()
  assert.ok(all.includes(repositoryFile('samples/office.pcap')))
  assert.ok(all.length > 20, `only ${all.length} have`)
})

for (const capture of captures()) {
  test(`events of ${capture.replace(/^.*\/src\//, 'src/')} are those accepted`, async () => {
    assert.equal(await difference(capture), '', 'npm run baseline show, then accept')
  })
}
