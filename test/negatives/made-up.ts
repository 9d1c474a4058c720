/**
 * Protocols that nobody speaks: a head of fields as protocols have them, drawn for each conversation, and a body.
 * Real ones are few and their heads are alike; what could be taken for P2P by coincidence shows among many.
 */
import { bytesOf, concat } from '../../src/core/bytes.ts'
import type { Side } from '../../src/core/event.ts'
import type { Chance, Model, Piece } from './chance.ts'

interface Message {
  readonly from: Side
  /** Bytes behind the field. */
  readonly rest: number
  readonly micros: number
}

/** Draws a field of a protocol; what comes back makes the bytes of it in each message. */
type Field = (chance: Chance) => (message: Message) => Uint8Array

/** First bytes that some card looks at twice. */
// biome-ignore format: a table
const MARKS = [0xe3, 0xe4, 0xe5, 0xe9, 0xc5, 0xd4, 0x64, 0x42, 0x00, 0x01, 0x02, 0x03, 0x04, 0x11, 0x13, 0x21, 0x31, 0x41, 0x47, 0x52]
const WORDS = [
  'user',
  'data',
  'list',
  'OK',
  '{"id":1}',
  'v1.0',
  'host.example',
  'GET',
  'ping',
  'd1:a',
]
const SIZES = [1, 2, 2, 4, 4, 8]

function number(value: number, size: number, little: boolean): Uint8Array {
  const bytes = Uint8Array.from({ length: size }, (_, i) =>
    Math.floor(value / 256 ** (size - 1 - i)),
  )
  return little ? bytes.reverse() : bytes
}

const mark: Field = (chance) => {
  const bytes = Uint8Array.of(chance.oneOf(MARKS))
  return () => bytes
}

const kind: Field = (chance) => {
  const kinds = Array.from({ length: chance.between(1, 4) }, () =>
    Uint8Array.of(chance.between(0, chance.oneOf([8, 32, 255]))),
  )
  return () => chance.oneOf(kinds)
}

const counter: Field = (chance) => {
  const first = chance.between(0, chance.oneOf([300, 65_535, 2 ** 31]))
  const counts = [first, chance.oneOf([first, chance.between(0, 65_535)])]
  const step = chance.oneOf([1, 1, 1, 3])
  const size = chance.oneOf(SIZES)
  const little = chance.oneOf([true, false])
  return ({ from }) => {
    counts[from]! += step === 1 ? 1 : chance.between(0, step)
    return number(counts[from]!, size, little)
  }
}

const length: Field = (chance) => {
  const more = chance.oneOf([0, 0, chance.between(-4, 30)])
  const size = chance.oneOf(SIZES)
  const little = chance.oneOf([true, false])
  return ({ rest }) => number(Math.max(0, rest + more), size, little)
}

const session: Field = (chance) => {
  const both = chance.bytes(chance.oneOf(SIZES)).slice()
  const other = chance.oneOf([both, chance.bytes(both.length).slice()])
  return ({ from }) => (from === 0 ? both : other)
}

const zeros: Field = (chance) => {
  const bytes = new Uint8Array(chance.oneOf(SIZES))
  return () => bytes
}

const constant: Field = (chance) => {
  const value = chance.oneOf([1, 2, 3, 4, 5, 8, 16, 20, 100, 1024, 16_384])
  const bytes = number(value, chance.oneOf(SIZES), chance.oneOf([true, false]))
  return () => bytes
}

const clock: Field = (chance) => {
  const [unit, size, little] = [
    chance.oneOf([1, 1e3, 1e6]),
    chance.oneOf(SIZES),
    chance.oneOf([true, false]),
  ]
  return ({ micros }) => number(micros / unit, size, little)
}

const word: Field = (chance) => {
  const bytes = bytesOf(chance.oneOf(WORDS) + chance.oneOf(['', '\0']))
  return () => bytes
}

const random: Field = (chance) => {
  const size = chance.oneOf(SIZES)
  return () => chance.bytes(size)
}

const FIRST = [mark, mark, kind, counter, length, length, session, zeros]
const LATER = [kind, counter, counter, length, session, zeros, constant, clock, word, random]

const TEXT = bytesOf('the quick brown fox jumps over the lazy dog, '.repeat(40))

function body(chance: Chance, how: number, size: number): Uint8Array {
  if (how === 0) return new Uint8Array(size)
  if (how === 1) return TEXT.subarray(0, size)
  if (how === 2) return chance.bytes(size).map((byte) => byte % 12)
  return chance.bytes(size)
}

function conversation(chance: Chance): Piece[] {
  const fields = Array.from({ length: chance.between(1, 7) }, (_, i) =>
    chance.oneOf(i === 0 ? FIRST : LATER)(chance),
  ).reverse()
  const how = chance.between(0, 7)
  const fixed = chance.between(0, 200)
  const sizeOf = chance.oneOf([
    () => chance.logBetween(1, 1_200),
    () => chance.between(0, 60),
    () => chance.oneOf([0, 4, 8, 16, 20, 32, 64]),
    () => fixed,
  ])
  const answered = chance.between(0, 4) > 0
  const pieces: Piece[] = []
  let micros = chance.between(1, 2 ** 30)
  let from: Side = 0
  for (let i = chance.between(1, 14); i > 0; i--) {
    const waitMicros = chance.logBetween(50, 200_000)
    micros += waitMicros
    let bytes = body(chance, how, sizeOf())
    for (const field of fields) bytes = concat(field({ from, rest: bytes.length, micros }), bytes)
    pieces.push({ from, bytes, waitMicros })
    if (answered) from = chance.oneOf([0, 1])
  }
  return pieces
}

export const MADE_UP: readonly Model[] = [
  { name: 'udp: made up', carrier: 'udp', make: conversation },
  { name: 'tcp: made up', carrier: 'tcp', make: conversation },
  {
    name: 'tcp from the middle: made up',
    carrier: 'tcp',
    fromStart: false,
    conversations: 600,
    make: conversation,
  },
]
