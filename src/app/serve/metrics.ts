/** Everything that Prometheus is told of a server. */
import type { StoreWriter } from '../../core/store.ts'
import type { Status } from '../../services/page/api.ts'
import type { Metric } from '../../services/page/metrics.ts'
import { type Counters, counter } from './counters.ts'

/** A store that counts its rows. */
interface Counting {
  rowCounts?(): Promise<Readonly<Record<string, number>>>
}

export async function metrics(
  status: Status,
  counters: Counters,
  watchers: number,
  store: StoreWriter & Counting,
): Promise<Metric[]> {
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
  const rows = await store.rowCounts?.()
  if (rows !== undefined) {
    const samples = Object.entries(rows).map(([table, value]) => ({ labels: { table }, value }))
    found.push({
      name: 'peerscope_store_rows',
      help: 'Rows that are kept.',
      type: 'gauge',
      samples,
    })
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
