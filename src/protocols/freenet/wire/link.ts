/**
 * How a connection between nodes of Freenet 0.4 and 0.5 begins, and one of FCP 1.
 *
 *   preamble  session u16be (0 plain, 1 enciphered) | plain: presentation u16be (1 FNP, 2 FCP, 3 mux)
 *   opening   00 01 | mode u8 | numbers        08: authenticate, 4 numbers; 09: restart, 3 numbers
 *   number    bits u16be | as many bytes as they take, the first bit is set
 *
 * The listener answers `fb` and (authenticate) one number, or `fc` to refuse a restart. All else is
 * enciphered (Rijndael in PCFB mode), the presentation too.
 * Source: hyphanet/legacy src/freenet/session/FnpLink.java, interfaces/FreenetConnectionRunner.java.
 */
import { ByteWriter, u16be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export interface Opening {
  readonly mode: 'authenticate' | 'restart'
  /** Without their sizes in bits. */
  readonly numbers: readonly Uint8Array[]
}

const MODES = [
  ['authenticate', 0x08, 4],
  ['restart', 0x09, 3],
] as const

export const PRESENTATIONS: Readonly<Record<number, string>> = { 1: 'fnp', 2: 'fcp', 3: 'mux' }
/** Groups of 1024 bits were all that nodes had. */
const NUMBER_BITS_MAX = 2048
const HEAD = 3

const FAULTS = ['session-unknown', 'mode-unknown', 'number-too-long', 'number-size-wrong'] as const

/** @returns size of the number that begins at `at`, or why it is none */
function numberAt(bytes: Uint8Array, at: number): Outcome<Uint8Array> {
  const have = bytes.length - at
  if (have < 2) return need(2)
  const size = u16be(bytes, at)
  if (size === 0 || size > NUMBER_BITS_MAX) return malformed('number-too-long', at)
  const count = Math.ceil(size / 8)
  if (have < 3) return need(2 + count)
  const first = bytes[at + 2]!
  const bitsOfFirst = size - 8 * (count - 1)
  if (first < 2 ** (bitsOfFirst - 1) || first >= 2 ** bitsOfFirst) {
    return malformed('number-size-wrong', at)
  }
  if (have < 2 + count) return need(2 + count)
  return message(bytes.subarray(at + 2, at + 2 + count), 2 + count)
}

function parse(bytes: Uint8Array, at: number): Outcome<Opening> {
  const have = bytes.length - at
  if ((have > 0 && bytes[at] !== 0) || (have > 1 && bytes[at + 1] !== 1)) {
    return malformed('session-unknown', at)
  }
  if (have < HEAD) return need(HEAD)
  const row = MODES.find(([, mode]) => mode === bytes[at + 2])
  if (row === undefined) return malformed('mode-unknown', at + 2)
  const numbers: Uint8Array[] = []
  let used = HEAD
  while (numbers.length < row[2]) {
    const outcome = numberAt(bytes, at + used)
    if (outcome.kind === 'malformed') return outcome
    if (outcome.kind === 'need') return need(used + outcome.size)
    numbers.push(outcome.message)
    used += outcome.size
  }
  return message({ mode: row[0], numbers }, used)
}

function bitsOf(number: Uint8Array): number {
  return 8 * (number.length - 1) + 32 - Math.clz32(number[0]!)
}

function emit({ mode, numbers }: Opening): Uint8Array {
  const out = new ByteWriter().u16be(1).u8(MODES.find(([name]) => name === mode)![1])
  for (const number of numbers) out.u16be(bitsOf(number)).bytes(number)
  return out.finish()
}

export const linkWire: Wire<Opening> = {
  name: 'freenet/link',
  source: 'hyphanet/legacy src/freenet/session/FnpLink.java',
  carrier: 'stream',
  messageBytesMax: HEAD + 4 * (2 + NUMBER_BITS_MAX / 8),
  faults: FAULTS,
  parse,
  emit,
}
