/** Figures of a wall, by the names that monitoring knows. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metricsText } from '../../services/page/metrics.ts'
import { Latency } from './latency.ts'
import type { WallStatus } from './thread.ts'
import { wallMetrics } from './wall-metrics.ts'

test('verdicts, what waits, and how long it waited', () => {
  const latency = new Latency()
  latency.add(3, 0.00008)
  latency.add(1, 0.004)
  latency.add(1, 2)
  const status: WallStatus = {
    ...{ packets: 9, bytes: 900, accepted: 7, dropped: 2, resets: 4, decoys: 1, cuts: 3 },
    ...{ refused: 0, unsaid: 0, recalled: 6, held: [], lists: [], names: [], limits: {} },
    queue: { waiting: 5, queueDropped: 11, socketDropped: 12 },
    hits: [{ rule: 'no "films"', flows: 8 }],
    latency: latency.counts,
  }
  const lines = metricsText(wallMetrics(status)).split('\n')
  for (const wanted of [
    'peerscope_nfqueue_verdicts_total{verdict="accept"} 7',
    'peerscope_nfqueue_verdicts_total{verdict="drop"} 2',
    '# TYPE peerscope_nfqueue_latency_seconds histogram',
    'peerscope_nfqueue_latency_seconds_bucket{le="0.00005"} 0',
    'peerscope_nfqueue_latency_seconds_bucket{le="0.0001"} 3',
    'peerscope_nfqueue_latency_seconds_bucket{le="0.0025"} 3',
    'peerscope_nfqueue_latency_seconds_bucket{le="0.005"} 4',
    'peerscope_nfqueue_latency_seconds_bucket{le="0.1"} 4',
    'peerscope_nfqueue_latency_seconds_bucket{le="+Inf"} 5',
    'peerscope_nfqueue_latency_seconds_count 5',
    'peerscope_nfqueue_drops_total{where="queue"} 11',
    'peerscope_nfqueue_waiting 5',
    'peerscope_wall_flows_total{rule="no \\"films\\""} 8',
    'peerscope_wall_cuts_total 3',
    'peerscope_wall_recalls_total 6',
  ]) {
    assert.ok(lines.includes(wanted), wanted)
  }
  const sum = lines.find((line) => line.startsWith('peerscope_nfqueue_latency_seconds_sum'))
  assert.ok(Math.abs(Number(sum!.split(' ')[1]) - 2.00424) < 1e-9)
  assert.deepEqual(wallMetrics(undefined), [])
})
