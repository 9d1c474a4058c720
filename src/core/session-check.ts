/**
 * One examination for every session: the same events whether the bytes come whole, cut at every
 * byte, or one at a time; nothing thrown on damage; bounded needs.
 */
import assert from 'node:assert/strict'
import type { Said, Side } from './event.ts'
import { limits } from './limits.ts'
import type { FlowFacts, Out, Protocol, Session } from './protocol.ts'
import { randomFrom } from './random.ts'
import { StreamReader } from './stream-reader.ts'

/** What was sent, in order: [side, bytes]. For UDP each entry is one datagram. */
export type Transcript = readonly (readonly [Side, Uint8Array])[]

/** An `Out` that keeps everything. */
export class Kept implements Out {
  readonly said: Said[] = []
  readonly counts = new Map<string, number>()
  readonly everyMessage: boolean

  constructor(everyMessage = true) {
    this.everyMessage = everyMessage
  }

  say(said: Said): void {
    this.said.push(said)
  }

  count(message: string): void {
    this.counts.set(message, (this.counts.get(message) ?? 0) + 1)
  }

  /** All that was said of one type. */
  of<T extends Said['type']>(type: T): Extract<Said, { type: T }>[] {
    return this.said.filter((said) => said.type === type) as Extract<Said, { type: T }>[]
  }
}

export function factsOf(carrier: 'tcp' | 'udp', part: string, fromStart = true): FlowFacts {
  return {
    flow: 1,
    carrier,
    ends: [
      { ip: '192.0.2.1', port: 40_000 },
      { ip: '198.51.100.2', port: 6881 },
    ],
    fromStart,
    part,
  }
}

/** Feed a transcript; `cut` splits stream data into pieces of at most that many bytes. */
export function feed(
  protocol: Pick<Protocol, 'openSession'>,
  facts: FlowFacts,
  transcript: Transcript,
  cut = Number.MAX_SAFE_INTEGER,
): { kept: Kept; session: Session } {
  const kept = new Kept()
  const session = protocol.openSession!(facts, kept)
  const reader = new StreamReader(session)
  let frame = 0
  for (const [side, bytes] of transcript) {
    frame++
    const moment = { micros: 1_000_000 * frame, frame }
    if (facts.carrier === 'udp') {
      const datagram = bytes.slice()
      session.data(side, datagram, moment)
      datagram.fill(0xaa)
      continue
    }
    for (let at = 0; at < bytes.length; at += cut) {
      const piece = bytes.slice(at, Math.min(bytes.length, at + cut))
      if (!reader.pass(side, piece.length)) reader.push(side, piece, moment)
      // The session must not keep views: what it was shown is scribbled over.
      piece.fill(0xaa)
      assert.ok(session.need <= limits.unreadBytesMax, `needs ${session.need}`)
    }
  }
  session.end({ micros: 1_000_000 * (frame + 1), frame: frame + 1 })
  return { kept, session }
}

/** Whole, cut at every byte, damaged: returns what the whole transcript said. */
export function checkSession(
  protocol: Pick<Protocol, 'openSession'>,
  facts: FlowFacts,
  transcript: Transcript,
): Kept {
  const whole = feed(protocol, facts, transcript).kept
  if (facts.carrier === 'tcp') {
    for (const cut of [1, 2, 3, 7, 64, 1448]) {
      const pieces = feed(protocol, facts, transcript, cut).kept
      assert.deepEqual(pieces.said, whole.said, `cut every ${cut} bytes, other events`)
      assert.deepEqual(pieces.counts, whole.counts, `cut every ${cut} bytes, other counts`)
    }
  }
  damage(protocol, facts, transcript)
  return whole
}

function damage(
  protocol: Pick<Protocol, 'openSession'>,
  facts: FlowFacts,
  transcript: Transcript,
): void {
  const random = randomFrom(7)
  for (let round = 0; round < 200; round++) {
    const bad = transcript.map(([side, bytes]) => [side, bytes.slice()] as const)
    for (let i = 0; i < 1 + (round % 4); i++) {
      const entry = bad[random() % bad.length]![1]
      if (entry.length > 0) entry[random() % entry.length] = random()
    }
    feed(protocol, facts, bad)
  }
  // A gap anywhere must not throw.
  for (let skip = 0; skip < transcript.length; skip++) {
    const session = protocol.openSession!(facts, new Kept(false))
    const reader = new StreamReader(session)
    for (const [index, [side, bytes]] of transcript.entries()) {
      const moment = { micros: index, frame: index }
      if (index === skip) reader.gap(side, bytes.length, moment)
      else if (facts.carrier === 'tcp') reader.push(side, bytes, moment)
      else session.data(side, bytes, moment)
    }
    session.end({ micros: 0, frame: 0 })
  }
}
