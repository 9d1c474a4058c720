/** What a person should read beside a packet: why its flow has its name, and whom it speaks against. */
import type { FlowDetail, StoreReader } from '../../core/store.ts'
import { shown } from '../../core/text.ts'

/** Decoded messages of a flow that are noted. */
const MESSAGES_MAX = 1000
/** Flows whose messages are noted, and asked for at once; of more, only what they are. */
const READ_MAX = 2000
const AT_ONCE = 8
/** Hosts whose reasons are looked up for one file. */
const HOSTS_MAX = 100
/** Notes on one packet. */
const NOTES_MAX = 8

/** Notes by run, capture and frame. */
export class Evidence {
  readonly #notes = new Map<string, string[]>()

  static async of(flows: readonly FlowDetail[], reader: StoreReader): Promise<Evidence> {
    const evidence = new Evidence()
    const hosts = new Set<string>()
    const known: FlowDetail[] = []
    for (const flow of flows) {
      evidence.#note(flow.run, flow.capture, flow.frame, flowText(flow))
      if (flow.family === undefined) continue
      known.push(flow)
      for (const host of [flow.srcIp, flow.dstIp]) if (hosts.size < HOSTS_MAX) hosts.add(host)
    }
    for (let i = 0; i < Math.min(known.length, READ_MAX); i += AT_ONCE) {
      await Promise.all(known.slice(i, i + AT_ONCE).map((flow) => evidence.#messages(flow, reader)))
    }
    for (const host of hosts) {
      const detail = await reader.host(host, { steps: 1 })
      for (const { run, capture, frame, text, weight } of detail?.allReasons ?? []) {
        const side = weight < 0 ? 'speaks for' : 'evidence on'
        evidence.#note(run, capture, frame, `${side} ${host} (${weight}): ${text}`)
      }
    }
    return evidence
  }

  notes(run: number, capture: string, frame: number): readonly string[] {
    return this.#notes.get(key(run, capture, frame)) ?? []
  }

  async #messages(flow: FlowDetail, reader: StoreReader): Promise<void> {
    const { rows } = await reader.messages(flow.id, { limit: MESSAGES_MAX })
    for (const { run, capture, frame, log, name } of rows) {
      this.#note(run, capture, frame, `${log}: ${name}`)
    }
  }

  #note(run: number, capture: string, frame: number, text: string): void {
    const at = key(run, capture, frame)
    const notes = this.#notes.get(at)
    if (notes === undefined) this.#notes.set(at, [shown(text)])
    else if (notes.length < NOTES_MAX) notes.push(shown(text))
  }
}

function key(run: number, capture: string, frame: number): string {
  return `${run} ${frame} ${capture}`
}

function flowText({ id, family, part, sureness, reasons, communityId }: FlowDetail): string {
  const name = family === undefined ? 'of no known protocol' : `${family} ${part}, ${sureness}`
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`
  return `flow ${id} (${communityId}): ${name}${why}`
}
