/** Everything that Prometheus is told of a server. */
import type { Status } from '../../services/page/api.ts'
import type { Metric } from '../../services/page/metrics.ts'
import { type Counters, counter } from './counters.ts'

/** Where the figures come from. */
export interface Measured {
  readonly status: Status
  readonly counters: Counters
  /** Pages that watch. */
  readonly watchers: number
  /** Rows that were written, by table. */
  readonly stored: Readonly<Record<string, number>>
}

export function metrics({ status, counters, watchers, stored }: Measured): Metric[] {
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
  return found
}

function gauge(
  name: string,
  help: string,
  value: number,
  labels?: Readonly<Record<string, string>>,
): Metric {
  return { name, help, type: 'gauge', samples: [{ value, ...(labels && { labels }) }] }
}
