/** Damage that parsers meet: flipped bits, lying lengths, cut and repeated and foreign parts. */
type Chance = () => number

/** Values at which counts, lengths and signs go wrong. */
const EDGES = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
]

const BYTES_MAX = 262_144

/** A damaged copy of `seed`; parts of `others` may get into it. */
export function mutate(
  seed: Uint8Array,
  others: readonly Uint8Array[],
  chance: Chance,
): Uint8Array {
  let bytes: Uint8Array = seed.slice()
  const rounds = 1 + (chance() % 4)
  for (let i = 0; i < rounds; i++)
    bytes = MUTATIONS[chance() % MUTATIONS.length]!(bytes, others, chance)
  return bytes.length > BYTES_MAX ? bytes.slice(0, BYTES_MAX) : bytes
}

type Mutation = (bytes: Uint8Array, others: readonly Uint8Array[], chance: Chance) => Uint8Array

const flipBit: Mutation = (bytes, _others, chance) => {
  if (bytes.length > 0) bytes[chance() % bytes.length]! ^= 1 << (chance() % 8)
  return bytes
}

const setByte: Mutation = (bytes, _others, chance) => {
  if (bytes.length > 0) bytes[chance() % bytes.length] = chance()
  return bytes
}

/** A number of 1, 2 or 4 bytes, in either order, becomes an edge. */
const setEdge: Mutation = (bytes, _others, chance) => {
  const width = [1, 2, 4][chance() % 3]!
  if (bytes.length < width) return bytes
  const at = chance() % (bytes.length - width + 1)
  const value = EDGES[chance() % EDGES.length]!
  const little = chance() % 2 === 0
  for (let i = 0; i < width; i++) {
    bytes[at + i] = value >>> (8 * (little ? i : width - 1 - i))
  }
  return bytes
}

const truncate: Mutation = (bytes, _others, chance) => bytes.slice(0, chance() % (bytes.length + 1))

const removePart: Mutation = (bytes, _others, chance) => {
  const [from, to] = part(bytes, chance)
  return joined(bytes.subarray(0, from), bytes.subarray(to))
}

const repeatPart: Mutation = (bytes, _others, chance) => {
  const [from, to] = part(bytes, chance)
  const again = bytes.subarray(from, to)
  const times = 1 + (chance() % 3)
  return joined(bytes.subarray(0, to), ...Array<Uint8Array>(times).fill(again), bytes.subarray(to))
}

const insertNoise: Mutation = (bytes, _others, chance) => {
  const at = chance() % (bytes.length + 1)
  const noise = new Uint8Array(1 + (chance() % 16))
  for (let i = 0; i < noise.length; i++) noise[i] = chance()
  return joined(bytes.subarray(0, at), noise, bytes.subarray(at))
}

const splice: Mutation = (bytes, others, chance) => {
  if (others.length === 0) return bytes
  const other = others[chance() % others.length]!
  return joined(
    bytes.subarray(0, chance() % (bytes.length + 1)),
    other.subarray(chance() % (other.length + 1)),
  )
}

/** A digit of a number written as text. */
const setDigit: Mutation = (bytes, _others, chance) => {
  const from = chance() % Math.max(1, bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    const at = (from + i) % bytes.length
    if (bytes[at]! < 0x30 || bytes[at]! > 0x39) continue
    bytes[at] = 0x30 + (chance() % 10)
    return bytes
  }
  return bytes
}

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  setEdge,
  setEdge,
  truncate,
  removePart,
  repeatPart,
  insertNoise,
  splice,
  setDigit,
]

/** A part of up to 64 bytes. */
function part(bytes: Uint8Array, chance: Chance): [number, number] {
  const from = chance() % (bytes.length + 1)
  return [from, Math.min(bytes.length, from + 1 + (chance() % 64))]
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
