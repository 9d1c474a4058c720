/** A policy tried on the sample: every flow is counted once, under the rule that would have had it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Flow } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { openStore } from '../../services/store/store.ts'
import { Policy } from '../../services/wall/policy.ts'
import { wallSchema } from '../../services/wall/schema.ts'
import { readCaptures } from '../pipeline.ts'
import { ListFiles } from '../wall/list-files.ts'
import { Trial } from './wall-try.ts'

const flows: Flow[] = []
await readCaptures({ files: [repositoryFile('samples/office.pcap')], flows: true }, (event) => {
  if (event.type === 'flow' && ['TCP', 'UDP'].includes(event.proto)) flows.push(event)
})

function tried(config: object) {
  const lists = new ListFiles((text) => assert.fail(text))
  const trial = new Trial(new Policy(wallSchema.parse(config), []), lists)
  for (const flow of flows) trial.flow(flow)
  const { hits } = trial
  assert.equal(
    hits.reduce((sum, hit) => sum + hit.flows, 0),
    flows.length,
  )
  const bytes = flows.reduce((sum, flow) => sum + flow.bytes[0] + flow.bytes[1], 0)
  assert.equal(trial.bytes, bytes)
  return new Map(hits.map((hit) => [`${hit.rule}: ${hit.does}`, hit]))
}

function countOf(condition: (flow: Flow) => boolean): number {
  return flows.filter(condition).length
}

test('an allowed application is shown beside what is blocked', () => {
  const hits = tried({
    rules: [
      { name: 'torrents', what: { family: ['bittorrent'] }, do: 'permit' },
      { name: 'rest', do: 'block drop' },
    ],
  })
  const permitted = hits.get('torrents: permit')!
  assert.deepEqual([...permitted.families], ['bittorrent'])
  assert.equal(
    permitted.flows,
    countOf(({ p2p }) => p2p?.family === 'bittorrent'),
  )
  assert.ok(permitted.flows > 0 && permitted.hosts.size > 0)
  const blocked = hits.get('rest: block drop')!
  assert.ok(!blocked.families.has('bittorrent') && blocked.families.size >= 3)
})

test('a throttle is told with its rate', () => {
  const hits = tried({ rules: [{ name: 'slowly', do: 'throttle 8Mbit/s per flow' }] })
  assert.ok(hits.has('slowly: throttle 1.0 MB/s per flow'), [...hits.keys()].join())
})

test('where only ports are permitted, all else is counted as blocked', () => {
  const hits = tried({ mode: 'deny', permit: { ports: ['udp/53'] }, rules: [] })
  const passing = hits.get('nothing known: pass')!
  const isName = ({ proto, ends, p2p }: Flow) =>
    p2p === undefined && proto === 'UDP' && ends[1].port === 53
  assert.equal(passing.flows, countOf(isName))
  assert.ok(passing.flows > 0)
})

test('of a store the same is said as of the capture that it was made of', async (context) => {
  const folder = temporaryFolder(context)
  const file = join(folder, 'store.duckdb')
  const store = await openStore(file)
  const run = await store.writer.begin({ source: 'x', kind: 'capture', startedMicros: 1 })
  for (const flow of flows) store.writer.consume(run, flow)
  await store.close()
  const main = repositoryFile('dist/src/app/main.js')
  const said = (...args: string[]) => {
    const settings = ['--set', 'wall.mode=deny', '--set', 'wall.permit.ports=[udp/53, tcp/80]']
    const command = [main, 'wall', 'try', '--json', ...settings, ...args]
    const { stdout, stderr, status } = spawnSync(process.execPath, command, { encoding: 'utf8' })
    return status === 0 ? stdout : stderr
  }
  const ofCapture = said(repositoryFile('samples/office.pcap'))
  assert.match(ofCapture, /^\{"rule":/)
  assert.equal(said(file), ofCapture)
  const some = said(file, '--where', 'family==bittorrent').trimEnd().split('\n')
  const counted = some.reduce((sum, line) => sum + (JSON.parse(line) as { flows: number }).flows, 0)
  assert.equal(
    counted,
    countOf(({ p2p }) => p2p?.family === 'bittorrent'),
  )
  assert.match(said(file, repositoryFile('samples/office.pcap')), /on one store, or on captures/)
})
