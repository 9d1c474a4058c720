/** Rows that were written stand in the figures for Prometheus, by table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metricsText } from '../../services/page/metrics.ts'
import { Board } from './board.ts'
import { Counters } from './counters.ts'
import { metrics } from './metrics.ts'

test('rows that were written are counted by table', () => {
  const { status } = new Board('1', () => 0)
  const said = (stored: Readonly<Record<string, number>>) =>
    metricsText(metrics({ status, counters: new Counters(), watchers: 0, stored })).split('\n')
  assert.ok(said({ flows: 12 }).includes('peerscope_store_rows_total{table="flows"} 12'))
  assert.ok(!said({}).some((line) => line.includes('store_rows')))
})
