/**
 * Good input to damage: what sessions were given while the fixtures were read, message by message.
 */
import type { FlowFacts, Moment, Out, Protocol, Session } from '../../src/core/protocol.ts'
import { repositoryFile } from '../../src/core/repository.ts'
import type { Transcript } from '../../src/core/session-check.ts'
import type { AnyWire } from '../../src/core/wire.ts'
import { Engine } from '../../src/intake/engine.ts'
import { openCaptures } from '../../src/intake/source/open.ts'
import { treePaths } from '../tree.ts'

/** One flow as its session was shown it. */
export interface Recorded {
  readonly carrier: 'tcp' | 'udp'
  readonly part: string
  readonly fromStart: boolean
  readonly transcript: Transcript
}

const MESSAGES_PER_FLOW_MAX = 400
const SEEDS_PER_WIRE_MAX = 400

/** Captures below a protocol's fixtures; for a made-up card of tests, `name` may be any folder. */
export function fixturesOf(name: string): string[] {
  const pattern = new RegExp(`^src/protocols/${name}/fixtures/.*\\.(?:pcap|pcapng)$`)
  return treePaths()
    .filter((path) => pattern.test(path))
    .map(repositoryFile)
}

/** Reads captures with a card whose sessions are listened to. */
export async function record(card: Protocol, files: readonly string[]): Promise<Recorded[]> {
  const flows: Recorded[] = []
  const listened: Protocol = {
    ...card,
    openSession: (facts, out) => {
      const transcript: (readonly [0 | 1, Uint8Array])[] = []
      flows.push({
        carrier: facts.carrier,
        part: facts.part,
        fromStart: facts.fromStart,
        transcript,
      })
      return listening(card, facts, out, transcript)
    },
  }
  for (const file of files) {
    const engine = new Engine([listened], () => {}, { everyMessage: true })
    const cursor = await openCaptures([file])
    for (let step = cursor.next(); step !== 'end'; step = cursor.next()) {
      if (step === 'wait') await cursor.fill()
      else engine.packet(cursor)
    }
    engine.end()
    await cursor.close()
  }
  return flows.filter(({ transcript }) => transcript.length > 0)
}

/** The card's session; what it uses up is noted. */
function listening(
  card: Protocol,
  facts: FlowFacts,
  out: Out,
  transcript: (readonly [0 | 1, Uint8Array])[],
): Session {
  const inner = card.openSession!(facts, out)
  return {
    get need() {
      return inner.need
    },
    set need(value) {
      inner.need = value
    },
    get messages() {
      return inner.messages
    },
    get lost() {
      return inner.lost
    },
    data(from: 0 | 1, bytes: Uint8Array, at: Moment): number {
      const given = bytes.slice()
      const used = inner.data(from, bytes, at)
      const size = facts.carrier === 'udp' ? given.length : Math.min(used, given.length)
      if (size > 0 && transcript.length < MESSAGES_PER_FLOW_MAX) {
        transcript.push([from, given.slice(0, size)])
      }
      return used
    },
    gap: (from: 0 | 1, missing: number, at: Moment) => inner.gap(from, missing, at),
    end: (at: Moment) => inner.end(at),
  }
}

/** Whole messages that a wire reads: found in what was recorded, a few of each kind of start. */
export function seedsOf(wire: AnyWire, flows: readonly Recorded[]): Uint8Array[] {
  const messages = flows.flatMap(({ transcript }) => transcript.map(([, bytes]) => bytes))
  const seeds = new Seeds(wire)
  for (const bytes of messages) seeds.offer(bytes, 0)
  // A wire that lies inside others' messages (tags, extensions, peer exchange) begins further in.
  if (seeds.found.length < INNER_SEEDS_MAX) {
    for (const bytes of messages.slice(0, INNER_MESSAGES_MAX)) {
      for (let at = 1; at < Math.min(64, bytes.length); at++) {
        if (seeds.found.length < INNER_SEEDS_MAX) seeds.offer(bytes, at)
      }
    }
  }
  return seeds.found
}

const INNER_SEEDS_MAX = 40
const INNER_MESSAGES_MAX = 2000
const SEEDS_PER_KIND_MAX = 8

class Seeds {
  readonly found: Uint8Array[] = []
  readonly #wire: AnyWire
  readonly #kinds = new Map<string, number>()

  constructor(wire: AnyWire) {
    this.#wire = wire
  }

  offer(bytes: Uint8Array, at: number): void {
    if (this.found.length >= SEEDS_PER_WIRE_MAX) return
    const outcome = this.#wire.parse(bytes, at)
    if (outcome.kind !== 'message') return
    const kind = Buffer.from(bytes.subarray(at, at + 6)).toString('latin1')
    const count = this.#kinds.get(kind) ?? 0
    if (count >= SEEDS_PER_KIND_MAX) return
    this.#kinds.set(kind, count + 1)
    this.found.push(bytes.slice(at, at + outcome.size))
  }
}
