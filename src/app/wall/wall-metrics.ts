/** What Prometheus is told of a wall, beside what it is told of every page. */
import { limits } from '../../core/limits.ts'
import type { Metric, Sample } from '../../services/page/metrics.ts'
import { counter } from '../serve/counters.ts'
import { LATENCY_SPANS, type LatencyCounts } from './latency.ts'
import type { WallStatus } from './thread.ts'

/** None before the first second is over. */
export function wallMetrics(status: WallStatus | undefined): Metric[] {
  if (status === undefined) return []
  const { accepted, dropped, queue, hits } = status
  const one = (value: number): readonly Sample[] => [{ value }]
  return [
    counter('peerscope_nfqueue_verdicts_total', 'Packets that came up, by their verdict.', [
      { labels: { verdict: 'accept' }, value: accepted },
      { labels: { verdict: 'drop' }, value: dropped },
    ]),
    latency(status.latency),
    counter('peerscope_nfqueue_drops_total', 'Packets for which there was no room.', [
      { labels: { where: 'queue' }, value: queue?.queueDropped ?? 0 },
      { labels: { where: 'socket' }, value: queue?.socketDropped ?? 0 },
    ]),
    counter('peerscope_nfqueue_late_total', 'Verdicts that came too late.', one(status.refused)),
    gauge('peerscope_nfqueue_waiting', 'Packets that wait for a verdict.', queue?.waiting ?? 0),
    counter(
      'peerscope_wall_flows_total',
      'Flows that were decided, by the rule that did it.',
      hits
        .slice(0, limits.metricSeriesMax)
        .map(({ rule, flows }) => ({ labels: { rule }, value: flows })),
    ),
    counter('peerscope_wall_resets_total', 'Resets that were sent.', one(status.resets)),
    counter('peerscope_wall_decoys_total', 'Answers in the place of peers.', one(status.decoys)),
    counter(
      'peerscope_wall_cuts_total',
      'Connections that passed by their marks and were stopped.',
      one(status.cuts),
    ),
    counter(
      'peerscope_wall_recalls_total',
      'Connections that came up again to be judged anew.',
      one(status.recalled),
    ),
    gauge('peerscope_wall_held_hosts', 'Hosts that are held at the moment.', status.held.length),
  ]
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ value }] }
}

function latency({ upTo, packets, seconds }: LatencyCounts): Metric {
  const bucket = (le: string, value: number) => ({ suffix: '_bucket', labels: { le }, value })
  return {
    name: 'peerscope_nfqueue_latency_seconds',
    help: 'How long a packet waits for its verdict, from when it was taken from the kernel.',
    type: 'histogram',
    samples: [
      ...LATENCY_SPANS.map((span, at) => bucket(String(span), upTo[at]!)),
      bucket('+Inf', packets),
      { suffix: '_sum', value: seconds },
      { suffix: '_count', value: packets },
    ],
  }
}
