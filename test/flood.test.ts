/** A flood of SYNs, a flow each, passes through bounded memory and is accounted for. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { generateFlood } from '../bench/generate.ts'
import { limits } from '../src/core/limits.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'

/** Reads in a process of its own, so that its memory is its own; what it prints is one JSON line. */
const READER = `
const { readCaptures } = await import(process.argv[1])
const totals = await readCaptures({ files: [process.argv[2]] }, () => {})
const { packets, flows, limits } = totals
console.log(JSON.stringify({ packets, flows, limits, maxRssMb: process.resourceUsage().maxRSS / 1024 }))
`

function read(capture: string) {
  const pipeline = pathToFileURL(repositoryFile('dist/src/app/pipeline.js')).href
  const words = ['--input-type=module', '-e', READER, pipeline, capture]
  const run = spawnSync(process.execPath, words, { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  return JSON.parse(run.stdout) as {
    packets: number
    flows: number
    limits: Record<string, number>
    maxRssMb: number
  }
}

test('a million flows in ten minutes: old SYNs are let go, nothing is lost', (context) => {
  const folder = temporaryFolder(context)
  const capture = join(folder, 'flood.pcap')
  generateFlood(capture, 1_000_000)
  const { packets, flows, limits: reached, maxRssMb } = read(capture)
  assert.deepEqual([packets, flows, reached], [1_000_000, 1_000_000, {}])
  context.diagnostic(`${Math.round(maxRssMb)} MB at most`)
  assert.ok(maxRssMb < 300, `${maxRssMb} MB`)
})

test('more flows at once than the table holds: the bound is reached and told', (context) => {
  const folder = temporaryFolder(context)
  const capture = join(folder, 'flood.pcap')
  const count = limits.flowsMax + 100_000
  generateFlood(capture, count, 20_000_000)
  const { packets, flows, limits: reached, maxRssMb } = read(capture)
  assert.deepEqual([packets, flows], [count, count])
  assert.ok(reached.flowsMax! >= 100_000, JSON.stringify(reached))
  context.diagnostic(`${Math.round(maxRssMb)} MB at most`)
  assert.ok(maxRssMb < 600, `${maxRssMb} MB`)
})
