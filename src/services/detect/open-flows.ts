/** Flows that go on: what each was recognised by, what of it was counted, who is in it for nothing. */
import type { Flow, FlowUpdate, Recognition, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'

export class OpenFlows {
  readonly #recognised = new Map<number, Recognition>()
  /** As they were said last. */
  readonly #counted = new Map<number, FlowUpdate>()
  /** The side that others were sent to, and that takes no part. */
  readonly #victims = new Map<number, Side>()

  recognise(event: Recognition): void {
    keep(this.#recognised, event.flow, event)
  }

  recognition(flow: number): Recognition | undefined {
    return this.#recognised.get(flow)
  }

  count(flow: FlowUpdate): void {
    keep(this.#counted, flow.flow, flow)
  }

  /** What of this flow and this side was counted before. */
  counted(flow: number, side: Side): FlowUpdate | undefined {
    const before = this.#counted.get(flow)
    return before !== undefined && before.payloadBytes[side] > 0 ? before : undefined
  }

  spare(flow: number, side: Side): void {
    keep(this.#victims, flow, side)
  }

  victim(flow: number): Side | undefined {
    return this.#victims.get(flow)
  }

  end({ flow }: Pick<Flow, 'flow'>): void {
    this.#recognised.delete(flow)
    this.#counted.delete(flow)
    this.#victims.delete(flow)
  }
}

/** The oldest goes where there are more than can be read at once. */
function keep<T>(map: Map<number, T>, flow: number, value: T): void {
  map.set(flow, value)
  if (map.size > limits.sessionsMax) map.delete(map.keys().next().value!)
}
