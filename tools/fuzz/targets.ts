/**
 * What is fuzzed: wires, sessions, whole captures. A target takes one input and throws where a
 * contract is broken; what is thrown is the finding.
 */
import assert from 'node:assert/strict'
import { limits } from '../../src/core/limits.ts'
import type { FlowFacts, Out, Protocol } from '../../src/core/protocol.ts'
import { randomFrom } from '../../src/core/random.ts'
import type { Transcript } from '../../src/core/session-check.ts'
import { StreamReader } from '../../src/core/stream-reader.ts'
import type { AnyWire } from '../../src/core/wire.ts'
import { examine } from '../../src/core/wire-check.ts'

/** No input may take longer, in milliseconds: a parser that is slow on purpose is an attack. */
const INPUT_MS_MAX = 2000

/** Any bytes: a message, a need or a listed fault; what was read can be written. */
export function tryWire(wire: AnyWire, bytes: Uint8Array): void {
  timed(() => {
    if (examine(wire, bytes, 0) !== 'message') return
    const outcome = wire.parse(bytes, 0)
    if (outcome.kind === 'message') wire.emit(outcome.message)
  })
}

/** One direction's bytes or a gap: `{ side: 1, gap: 100 }`. */
export interface Piece {
  readonly side: 0 | 1
  readonly bytes: Uint8Array
  readonly gap: number
}

/** A flow's facts and what was sent in it, so that a finding can be played again. */
export interface Play {
  readonly carrier: 'tcp' | 'udp'
  readonly part: string
  readonly fromStart: boolean
  readonly pieces: readonly Piece[]
}

export function tryPlay(card: Protocol, play: Play): void {
  timed(() => {
    const session = card.openSession!(factsFor(play), SILENT)
    const reader = new StreamReader(session)
    let frame = 0
    for (const { side, bytes, gap } of play.pieces) {
      const moment = { micros: 1_000_000 * frame, frame: ++frame }
      if (gap > 0) reader.gap(side, gap, moment)
      else if (play.carrier === 'udp') session.data(side, bytes, moment)
      else reader.push(side, bytes, moment)
      assert.ok(session.need <= limits.unreadBytesMax, `needs ${session.need}`)
      assert.ok(reader.heldBytes <= limits.unreadBytesMax, `holds ${reader.heldBytes}`)
    }
    session.end({ micros: 1_000_000 * frame, frame })
  })
}

const SILENT: Out = {
  say: (said) => void JSON.stringify(said),
  count: () => {},
  everyMessage: true,
}

function factsFor({ carrier, part, fromStart }: Play): FlowFacts {
  const ends = [
    { ip: '192.0.2.1', port: 40_000 },
    { ip: '198.51.100.2', port: 6881 },
  ] as const
  return { flow: 1, carrier, ends, fromStart, part }
}

/** A transcript cut at random places, some of it damaged, some of it lost. */
export function damagedPlay(
  { carrier, part, fromStart }: Pick<Play, 'carrier' | 'part' | 'fromStart'>,
  transcript: Transcript,
  seed: number,
  damage: (bytes: Uint8Array) => Uint8Array,
): Play {
  const chance = randomFrom(seed)
  const from = chance() % 8 === 0 ? chance() % transcript.length : 0
  const pieces: Piece[] = []
  for (const [side, bytes] of transcript.slice(from)) {
    const roll = chance() % 24
    if (roll === 0) pieces.push({ side, bytes: new Uint8Array(0), gap: 1 + (chance() % 3000) })
    if (roll === 1) continue
    const sent = roll < 6 ? damage(bytes) : bytes
    const cut = carrier === 'udp' ? sent.length : 1 + (chance() % 1448)
    for (let at = 0; at < sent.length; at += cut) {
      pieces.push({ side, bytes: sent.slice(at, at + cut), gap: 0 })
    }
  }
  return { carrier, part, fromStart: fromStart && from === 0, pieces }
}

function timed(work: () => void): void {
  const begun = performance.now()
  work()
  const took = performance.now() - begun
  assert.ok(took < INPUT_MS_MAX, `took ${Math.round(took)} ms`)
}
