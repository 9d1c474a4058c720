/**
 * `npm test [-- FILTER… --NODE-OPTION…]`: every built test below dist/, under node's test runner.
 *
 * A word without dashes keeps only the tests whose path holds it; anything else goes to node.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { repositoryRoot } from '../src/core/repository.ts'
import { filesBelow, removeStale } from './tree.ts'

const root = repositoryRoot()
const words = process.argv.slice(2)
const filters = words.filter((word) => !word.startsWith('-'))
const options = words.filter((word) => word.startsWith('-'))

removeStale(root)
const tests = filesBelow(join(root, 'dist'))
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  .map((name) => join('dist', name))

if (tests.length === 0) {
  console.error('No built test matches. Run `npm run build` first.')
  process.exit(1)
}
const run = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-concurrency=2',
    '--test-timeout=120000',
    '--test-reporter=spec',
    ...options,
    ...tests,
  ],
  { cwd: root, stdio: 'inherit' },
)
process.exit(run.status ?? 1)
