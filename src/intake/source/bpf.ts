/**
 * Runs classic BPF programs, as `tcpdump -ddd` prints them.
 * Source: McCanne and Jacobson, "The BSD Packet Filter", 1993; Linux Documentation/networking/filter.rst.
 * A load outside the packet rejects it, as in the kernel.
 */

/** Instructions: operation, jumps, constant, each in an array of its own. */
export interface BpfProgram {
  readonly code: Uint16Array
  readonly jumpTrue: Uint8Array
  readonly jumpFalse: Uint8Array
  readonly k: Uint32Array
}

/** Programs of libpcap are at most this long (BPF_MAXINSNS). */
const INSTRUCTIONS_MAX = 4096
const MEMORY_WORDS = 16

/** Parse `tcpdump -ddd`: a line with the count, then `code jt jf k` per line. */
export function parseBpf(listing: string): BpfProgram | undefined {
  const lines = listing.trim().split('\n')
  const count = Number(lines[0])
  if (!Number.isInteger(count) || count < 1 || count > INSTRUCTIONS_MAX) return undefined
  if (lines.length < count + 1) return undefined
  const program = {
    code: new Uint16Array(count),
    jumpTrue: new Uint8Array(count),
    jumpFalse: new Uint8Array(count),
    k: new Uint32Array(count),
  }
  for (let i = 0; i < count; i++) {
    const numbers = lines[i + 1]!.split(' ').map(Number)
    if (numbers.length !== 4 || !numbers.every(Number.isInteger)) return undefined
    const [code, jumpTrue, jumpFalse, k] = numbers
    program.code[i] = code!
    program.jumpTrue[i] = jumpTrue!
    program.jumpFalse[i] = jumpFalse!
    program.k[i] = k!
  }
  return program
}

const memory = new Uint32Array(MEMORY_WORDS)

/**
 * Whether a program accepts a packet.
 * @param at    where the packet begins in `bytes`
 * @param size  captured bytes
 */
export function runBpf(
  program: BpfProgram,
  bytes: Uint8Array,
  at: number,
  size: number,
  wireSize: number,
): boolean {
  const { code, jumpTrue, jumpFalse, k } = program
  let a = 0
  let x = 0
  memory.fill(0)
  for (let pc = 0; pc < code.length; pc++) {
    const op = code[pc]!
    const value = k[pc]!
    switch (op & 7) {
      case 0: // load into the accumulator
      case 1: {
        // load into the index register
        const loaded = load(op, value, x, bytes, at, size, wireSize)
        if (loaded < 0) return false
        if ((op & 7) === 0) a = loaded
        else x = loaded
        break
      }
      case 2:
        memory[value & 15] = a
        break
      case 3:
        memory[value & 15] = x
        break
      case 4: {
        const operand = op & 8 ? x : value
        if (operand === 0 && ((op & 0xf0) === 0x30 || (op & 0xf0) === 0x90)) return false
        a = compute(op & 0xf0, a, operand)
        break
      }
      case 5:
        if ((op & 0xf0) === 0) pc += value
        else pc += jumps(op & 0xf0, a, op & 8 ? x : value) ? jumpTrue[pc]! : jumpFalse[pc]!
        break
      case 6:
        return ((op & 0x18) === 0x10 ? a : value) !== 0
      default:
        if ((op & 0xf8) === 0) x = a
        else a = x
    }
  }
  return false
}

/** @returns the value, or -1 where it lies outside the packet */
function load(
  op: number,
  k: number,
  x: number,
  bytes: Uint8Array,
  at: number,
  size: number,
  wireSize: number,
): number {
  switch (op & 0xe0) {
    case 0x00:
      return k
    case 0x60:
      return memory[k & 15]!
    case 0x80:
      return wireSize
    case 0xa0: // four times the low nibble: the length of an IPv4 header
      return k < size ? (bytes[at + k]! & 15) * 4 : -1
  }
  const offset = (op & 0xe0) === 0x40 ? k + x : k
  const width = (op & 0x18) === 0 ? 4 : (op & 0x18) === 8 ? 2 : 1
  if (offset + width > size) return -1
  let value = 0
  for (let i = 0; i < width; i++) value = value * 256 + bytes[at + offset + i]!
  return value
}

function compute(op: number, a: number, operand: number): number {
  switch (op) {
    case 0x00:
      return (a + operand) >>> 0
    case 0x10:
      return (a - operand) >>> 0
    case 0x20:
      return Math.imul(a, operand) >>> 0
    case 0x30:
      return Math.floor(a / operand)
    case 0x40:
      return (a | operand) >>> 0
    case 0x50:
      return (a & operand) >>> 0
    case 0x60:
      return operand > 31 ? 0 : (a << operand) >>> 0
    case 0x70:
      return operand > 31 ? 0 : a >>> operand
    case 0x80:
      return -a >>> 0
    case 0x90:
      return a % operand
    default:
      return (a ^ operand) >>> 0
  }
}

function jumps(op: number, a: number, operand: number): boolean {
  switch (op) {
    case 0x10:
      return a === operand
    case 0x20:
      return a > operand
    case 0x30:
      return a >= operand
    default:
      return (a & operand) !== 0
  }
}
