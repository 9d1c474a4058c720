/** What a wall and a store count stands in the figures for Prometheus, under names that stay. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Status } from '../../services/page/api.ts'
import { metricsText } from '../../services/page/metrics.ts'
import type { WallState } from '../../services/page/wall-api.ts'
import { Counters } from './counters.ts'
import { metrics } from './metrics.ts'

const STATUS: Status = {
  ...{ state: 'watching', source: 'queue 0', version: '1', revision: 0, packets: 5, bytes: 700 },
  ...{ packetsPerSecond: 0, dropped: 0 },
}

const WALL: WallState = {
  ...{ running: true, engine: 'none', mode: 'permit', fail: 'open', queue: 0, micros: 0 },
  rules: [{ name: 'torrents', hits: 7, index: 1, text: '', action: 'block reset' }],
  others: [{ name: 'no rule fits', hits: 2 }],
  held: [{ host: '10.0.0.1', rule: 'torrents', untilMicros: 9, named: 0 }],
  refused: { total: 4, some: [] },
  ...{ lists: [], names: [], decisions: [], limits: {}, kernelRules: '' },
  counters: {
    ...{ packets: 5, bytes: 700, accepted: 3, dropped: 2, resets: 1, decoys: 0, cuts: 6 },
    ...{ late: 8, unsaid: 0, waiting: 9, queueDropped: 10, socketDropped: 11 },
  },
}

function lines(wall?: WallState): readonly string[] {
  const stored = { flows: 12 }
  const measured = { status: STATUS, counters: new Counters(), watchers: 0, stored }
  return metricsText(metrics({ ...measured, ...(wall && { wall }) })).split('\n')
}

test('a wall tells its verdicts, rules, answers and losses', () => {
  const said = lines(WALL)
  for (const line of [
    'peerscope_nfqueue_verdicts_total{verdict="accept"} 3',
    'peerscope_nfqueue_verdicts_total{verdict="drop"} 2',
    'peerscope_nfqueue_late_total 8',
    'peerscope_nfqueue_waiting 9',
    'peerscope_nfqueue_drops_total{where="queue"} 10',
    'peerscope_nfqueue_drops_total{where="socket"} 11',
    'peerscope_wall_answers_total{answer="cut"} 6',
    'peerscope_wall_flows_total{rule="torrents"} 7',
    'peerscope_wall_flows_total{rule="no rule fits"} 2',
    'peerscope_wall_held 1',
    'peerscope_wall_refused 4',
  ]) {
    assert.ok(said.includes(line), line)
  }
})

test('without a wall there is nothing of one; rows that were written are counted by table', () => {
  const said = lines()
  assert.ok(said.includes('peerscope_store_rows_total{table="flows"} 12'))
  assert.ok(!said.some((line) => /nfqueue|wall/.test(line)))
})
