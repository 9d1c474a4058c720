/** Paths of all systems: their last step, whether they lead out of their folder, what names a file. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leavesFolder, namedUrn, nameOf, stepsOut } from './file-path.ts'

test('the last step of a path, by either slash', () => {
  assert.equal(nameOf('C:\\music\\a/b.mp3'), 'b.mp3')
  assert.equal(nameOf('/music/a\\b.mp3'), 'b.mp3')
  assert.equal(nameOf('b.mp3'), 'b.mp3')
  assert.equal(nameOf('folder/'), '')
})

test('steps out of a folder are whole steps', () => {
  for (const path of ['..', '..\\x', 'a/../b', 'a\\..']) assert.equal(stepsOut(path), true, path)
  for (const path of ['a..b', '...', 'a/..b', 'C:\\a']) assert.equal(stepsOut(path), false, path)
})

test('below a shared folder a drive and a NUL lead out as well', () => {
  for (const path of ['../x', 'C:\\a', 'd:/a', 'a.mp3\0.txt'])
    assert.equal(leavesFolder(path), true, path)
  for (const path of ['a/b', 'a: b', 'cd:\\b']) assert.equal(leavesFolder(path), false, path)
})

test('a name is cut between characters, never inside one', () => {
  assert.equal(namedUrn('net', 'a b.mp3', 5), 'urn:x-peerscope:net:5:a%20b.mp3')
  // U+1F600 is two units of a string, F0 9F 98 80 in UTF-8; 255 of 300 stay.
  const urn = namedUrn('net', '\u{1f600}'.repeat(300), 1)
  assert.equal(urn, `urn:x-peerscope:net:1:${'%F0%9F%98%80'.repeat(255)}`)
})
