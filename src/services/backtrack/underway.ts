/** The questions that are under way: whom they are put to, and when each wants to be looked at again. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Interview } from '../../core/crawler.ts'
import type { Carrier } from '../../core/event.ts'
import type { Link } from '../../core/peer.ts'
import type { Task } from './frontier.ts'
import { Heap } from './heap.ts'

/** One question under way. */
export interface Active {
  readonly task: Task
  readonly carrier: Carrier
  readonly interview: Interview
  link: Link | undefined
  /** UDP: always; TCP: the connection stands. */
  isOpen: boolean
  /** Bytes of a stream that could be used. */
  heardBytes: number
  /** When its tick is wanted, and when it is given up in any case. */
  wakeMicros: number
  readonly endMicros: number
  isOver: boolean
}

interface Alarm {
  readonly micros: number
  readonly active: Active
}

export class Underway {
  /** At most one to an endpoint and carrier. */
  readonly #active = new Map<string, Active>()
  readonly #sizes: Record<Carrier, number> = { tcp: 0, udp: 0 }
  readonly #alarms = new Heap<Alarm>((a, b) => a.micros < b.micros)

  get size(): number {
    return this.#active.size
  }

  sizeOf(carrier: Carrier): number {
    return this.#sizes[carrier]
  }

  get all(): readonly Active[] {
    return [...this.#active.values()]
  }

  at(carrier: Carrier, endpoint: Endpoint): Active | undefined {
    return this.#active.get(nameOf(carrier, endpoint))
  }

  add(active: Active): void {
    this.#active.set(nameOf(active.carrier, active.task.of.at), active)
    this.#sizes[active.carrier]++
    this.wakeAt(active, active.wakeMicros)
  }

  remove(active: Active): void {
    active.isOver = true
    this.#active.delete(nameOf(active.carrier, active.task.of.at))
    this.#sizes[active.carrier]--
  }

  /** A new wish replaces the one before. */
  wakeAt(active: Active, micros: number): void {
    active.wakeMicros = micros
    this.#alarms.push({ micros: Math.min(micros, active.endMicros), active })
  }

  get nextMicros(): number | undefined {
    return this.#alarms.first?.micros
  }

  /** The next whose time has come; wishes that were replaced are passed over. */
  due(now: number): Active | undefined {
    for (;;) {
      const first = this.#alarms.first
      if (first === undefined || first.micros > now) return undefined
      this.#alarms.pop()
      const { active, micros } = first
      const isWanted = micros === Math.min(active.wakeMicros, active.endMicros)
      if (isWanted && !active.isOver) return active
    }
  }
}

function nameOf(carrier: Carrier, endpoint: Endpoint): string {
  return `${carrier} ${endpointText(endpoint)}`
}
