/**
 * `npm test [-- FILTER… --quick --NODE-OPTION…]`: every built test below dist/, under node's test runner.
 *
 * A word without dashes keeps only the tests whose path holds it; `--quick` leaves out those that
 * play populations, start programs or read hundreds of captures, and runs the rest in two processes,
 * since starting one for each file costs more than most of the tests do; anything else goes to node.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../src/core/repository.ts'
import { filesBelow, removeStale } from './tree.ts'

const root = repositoryRoot()
const words = process.argv.slice(2)
const filters = words.filter((word) => !word.startsWith('-'))
const isQuick = words.includes('--quick')
const options = words.filter((word) => word.startsWith('-') && word !== '--quick')

/** What takes seconds: in the gate, not in the loop of somebody at work. */
// biome-ignore format: a table
const LONG = [
  'test/netns/', 'test/worlds/', 'test/incidents', 'test/browser/', 'test/negatives/', 'test/lab', 'test/serve', 'test/peers-', 'test/recall', 'test/third-party', 'test/flood',
  'test/damage', 'test/same-events', 'test/cli', 'test/program', 'tools/fuzz', 'src/intake/source/', 'store/endurance', 'store/durability', 'captures.test', 'oracle', 'tshark.test',
]

/** One more than the cores of a small machine: tests with real clients wait more than they compute. */
const PROCESSES = 3
const QUICK_PROCESSES = 2

removeStale(root)
const tests = filesBelow(join(root, 'dist'))
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  .filter((name) => !isQuick || !LONG.some((long) => name.includes(long)))
  .map((name) => join('dist', name))

if (tests.length === 0) {
  console.error('No built test matches. Run `npm run build` first.')
  process.exit(1)
}
const files = isQuick ? sharing(tests) : tests
const run = spawnSync(
  process.execPath,
  [
    '--test',
    `--test-concurrency=${isQuick ? QUICK_PROCESSES : PROCESSES}`,
    '--test-timeout=300000',
    '--test-reporter=spec',
    ...options,
    ...files,
  ],
  { cwd: root, stdio: 'inherit' },
)
process.exit(run.status ?? 1)

/** One file for each process, that loads the tests which share it. */
function sharing(paths: readonly string[]): string[] {
  return Array.from({ length: QUICK_PROCESSES }, (_, each) => {
    const loads = paths.filter((_, at) => at % QUICK_PROCESSES === each)
    const path = join('dist', `quick-${each + 1}.mjs`)
    writeFileSync(join(root, path), loads.map((load) => `await import('../${load}')\n`).join(''))
    return path
  })
}
