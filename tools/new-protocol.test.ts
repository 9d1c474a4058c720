/** What `new-protocol` makes compiles, passes its own tests and is known to the build. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { newProtocol } from './new-protocol.ts'
import { scratchCopy } from './scratch.ts'
import { filesBelow } from './tree.ts'

test('a copy of the template builds and passes its tests under its new name', (context) => {
  const root = scratchCopy(context, (path) =>
    /^(?:src\/core\/|src\/protocols\/(?:formats|template)\/|[^/]*\.json$)/.test(path),
  )
  const made = newProtocol(root, 'pebble')
  assert.ok(made.includes('tsconfig.json'), 'the root project refers to it')
  const text = readFileSync(join(root, 'src/protocols/pebble/index.ts'), 'utf8')
  assert.match(text, /name: 'pebble',\n {2}title: 'Pebble'/)
  assert.doesNotMatch(text, /template/i)

  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const build = spawnSync(tsc, ['-b', 'src/protocols/pebble'], { cwd: root, encoding: 'utf8' })
  assert.equal(build.status, 0, build.stdout)
  const tests = filesBelow(join(root, 'dist/src/protocols/pebble'))
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => join('dist/src/protocols/pebble', file))
  assert.equal(tests.length, 3)
  const env = { ...process.env }
  // Without this the inner runner takes itself for a part of the outer one and says nothing.
  delete env.NODE_TEST_CONTEXT
  const run = spawnSync(process.execPath, ['--test', ...tests], {
    cwd: root,
    encoding: 'utf8',
    env,
  })
  assert.equal(run.status, 0, run.stdout)
  assert.match(run.stdout, /pass 9/)
})

test('a name that is taken or is no identifier is refused', (context) => {
  const root = scratchCopy(context, (path) => path.startsWith('src/protocols/template/'))
  assert.throws(() => newProtocol(root, 'template'), /there already/)
  assert.throws(() => newProtocol(root, '../x'), /is no name/)
})
