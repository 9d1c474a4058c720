/** Everything that Prometheus is told of a server. */
import type { Status } from '../../services/page/api.ts'
import type { Metric } from '../../services/page/metrics.ts'
import type { WallState } from '../../services/page/wall-api.ts'
import { type Counters, counter } from './counters.ts'

/** Where the figures come from. */
export interface Measured {
  readonly status: Status
  readonly counters: Counters
  /** Pages that watch. */
  readonly watchers: number
  /** Rows that were written, by table. */
  readonly stored: Readonly<Record<string, number>>
  /** Absent where this process is no wall. */
  readonly wall?: WallState
}

export function metrics({ status, counters, watchers, stored, wall }: Measured): Metric[] {
  const iface = { iface: status.source }
  const found = [
    gauge('peerscope_build_info', 'The version that runs.', 1, { version: status.version }),
    counter('peerscope_packets_total', 'Packets that were read.', [
      { labels: iface, value: status.packets },
    ]),
    counter('peerscope_bytes_total', 'Their bytes on the wire.', [
      { labels: iface, value: status.bytes },
    ]),
    counter('peerscope_capture_drops_total', 'Packets that were lost before they were read.', [
      { labels: { ...iface, where: 'kernel' }, value: status.dropped },
    ]),
    gauge(
      'peerscope_capture_lag_seconds',
      'How far reading is behind.',
      (status.lagMillis ?? 0) / 1000,
    ),
    gauge(
      'peerscope_capture_ring_use',
      'Share of the ring that waits, at most.',
      status.ringUse ?? 0,
    ),
    ...counters.metrics(),
    gauge('peerscope_page_watchers', 'Pages that watch.', watchers),
  ]
  const rows = Object.entries(stored).map(([table, value]) => ({ labels: { table }, value }))
  if (rows.length > 0) {
    found.push(counter('peerscope_store_rows_total', 'Rows that were written.', rows))
  }
  return wall === undefined ? found : [...found, ...wallMetrics(wall)]
}

/** What passed a wall, and what it did. */
function wallMetrics({ counters, rules, others, held, refused }: WallState): Metric[] {
  const { accepted, dropped, resets, decoys, cuts, late, waiting } = counters
  const hits = [...rules, ...others].map(({ name, hits }) => ({
    labels: { rule: name },
    value: hits,
  }))
  const lost = [
    { labels: { where: 'queue' }, value: counters.queueDropped },
    { labels: { where: 'socket' }, value: counters.socketDropped },
  ]
  return [
    counter('peerscope_nfqueue_verdicts_total', 'Packets that were decided.', [
      { labels: { verdict: 'accept' }, value: accepted },
      { labels: { verdict: 'drop' }, value: dropped },
    ]),
    counter('peerscope_nfqueue_late_total', 'Verdicts that came too late.', [{ value: late }]),
    counter('peerscope_nfqueue_drops_total', 'Packets for which there was no room.', lost),
    gauge('peerscope_nfqueue_waiting', 'Packets that wait to be decided.', waiting),
    counter('peerscope_wall_answers_total', 'What was sent in the place of a peer.', [
      { labels: { answer: 'reset' }, value: resets },
      { labels: { answer: 'decoy' }, value: decoys },
      { labels: { answer: 'cut' }, value: cuts },
    ]),
    counter('peerscope_wall_flows_total', 'Flows that a rule decided.', hits),
    gauge('peerscope_wall_held', 'Hosts that are held.', held.length),
    gauge('peerscope_wall_refused', 'Endpoints that are refused.', refused.total),
  ]
}

function gauge(
  name: string,
  help: string,
  value: number,
  labels?: Readonly<Record<string, string>>,
): Metric {
  return { name, help, type: 'gauge', samples: [{ value, ...(labels && { labels }) }] }
}
