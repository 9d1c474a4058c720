/**
 * Figures about what was read, for Prometheus. Names and labels follow what monitoring expects:
 * base units, no label that input can make grow without bound.
 */
import type { Event, Verdict } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { trim } from '../../core/oldest.ts'
import type { Metric, Sample } from '../../services/page/metrics.ts'

export class Counters {
  readonly #messages = new Table(['proto', 'type'])
  readonly #faults = new Table(['proto', 'reason'])
  readonly #alerts = new Table(['rule', 'severity'])
  readonly #flowBytes = new Table(['proto', 'direction'])
  readonly #limits = new Map<string, number>()
  #flows = 0
  /** What is counted elsewhere: a wall's verdicts. */
  beside: () => readonly Metric[] = () => []
  /** host → sureness of its last verdict */
  readonly #flagged = new Map<string, Verdict['sureness']>()

  consume(event: Event): void {
    switch (event.type) {
      case 'message':
        return this.#messages.add([event.family, event.name], 1)
      case 'fault':
        return this.#faults.add([event.family, event.fault], 1)
      case 'threat':
        return this.#alerts.add([event.threat, event.severity], 1)
      case 'verdict':
        return this.#flag(event)
      case 'limit':
        this.#limits.set(event.limit, event.count)
        return
      case 'flow': {
        this.#flows++
        const family = event.p2p?.family ?? 'unknown'
        this.#flowBytes.add([family, 'sent'], event.bytes[0])
        this.#flowBytes.add([family, 'received'], event.bytes[1])
      }
    }
  }

  metrics(): Metric[] {
    return [
      counter('peerscope_flows_total', 'Flows that ended.', [{ value: this.#flows }]),
      counter(
        'peerscope_flow_bytes_total',
        'Bytes of IP packets of flows that ended; sent is the opener’s direction.',
        this.#flowBytes.samples(),
      ),
      counter('peerscope_messages_total', 'Decoded messages.', this.#messages.samples()),
      counter(
        'peerscope_parser_errors_total',
        'Bytes that broke a protocol.',
        this.#faults.samples(),
      ),
      counter('peerscope_alerts_total', 'Threats that were found.', this.#alerts.samples()),
      {
        name: 'peerscope_hosts_flagged',
        help: 'Hosts with a verdict since the start, by how sure the last one is.',
        type: 'gauge',
        samples: this.#flaggedSamples(),
      },
      counter(
        'peerscope_limits_total',
        'Bounds that were reached.',
        [...this.#limits].map(([limit, value]) => ({ labels: { limit }, value })),
      ),
      ...this.beside(),
    ]
  }

  #flag({ host, sureness }: Verdict): void {
    this.#flagged.set(host, sureness)
    trim(this.#flagged, limits.hostsMax)
  }

  #flaggedSamples(): Sample[] {
    const counts = { certain: 0, likely: 0, unsure: 0 }
    for (const sureness of this.#flagged.values()) counts[sureness]++
    return Object.entries(counts).map(([verdict, value]) => ({ labels: { verdict }, value }))
  }
}

export function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: 'counter', samples }
}

/** Counts by two words. */
class Table {
  readonly #names: readonly [string, string]
  readonly #counts = new Map<string, Sample & { value: number }>()

  constructor(names: readonly [string, string]) {
    this.#names = names
  }

  add([one, other]: readonly [string, string], more: number): void {
    const key = `${one} ${other}`
    const known = this.#counts.get(key)
    if (known !== undefined) known.value += more
    else if (this.#counts.size >= limits.metricSeriesMax) this.#count('other', 'other', more)
    else this.#count(one, other, more)
  }

  #count(one: string, other: string, more: number): void {
    const key = `${one} ${other}`
    const [first, second] = this.#names
    const value = (this.#counts.get(key)?.value ?? 0) + more
    this.#counts.set(key, { labels: { [first]: one, [second]: other }, value })
  }

  samples(): Sample[] {
    return [...this.#counts.values()]
  }
}
