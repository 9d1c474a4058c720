/**
 * A wire out of a table of opcodes: one row per message, name → opcode and layout of its body.
 *
 *     [protocol u8] opcode u8 | body
 *
 * A message takes all the bytes there are (a frame or a datagram). Unknown opcodes are kept as
 * `other` with number and body; what follows a known body is kept in `rest`, since versions append.
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { Cursor, type Layout, type ValueOf } from './layout.ts'

export type Row = readonly [opcode: number, layout: Layout<unknown>]
export type Rows = Readonly<Record<string, Row>>

/** `{ type: 'queue-rank', body: 17, rest: [] }`, the body's type chosen by `type`. */
export type MessagesOf<R extends Rows> = {
  readonly [K in keyof R & string]: {
    readonly type: K
    readonly body: ValueOf<R[K][1]>
    /** Bytes after the body that this version of it does not have. */
    readonly rest: Uint8Array
  }
}[keyof R & string]

/** `{ type: 'other', opcode: 0xab, rest }`: an opcode that no row has. */
export interface Other {
  readonly type: 'other'
  readonly opcode: number
  readonly rest: Uint8Array
}

export const MESSAGE_FAULTS = [
  'datagram-short',
  'other-protocol',
  'body-short',
  'body-wrong',
  'count-exceeds-body',
  'tag-type-unknown',
  'tree-too-deep',
  'tree-node-unknown',
  'compressed-broken',
] as const

export interface Table<R extends Rows> {
  readonly rows: R
  readonly opcodes: ReadonlyMap<number, string>
  /** Name of an opcode, or undefined where no row has it. */
  nameOf(opcode: number): string | undefined
  /** Read the body of `opcode` in [at, end). @param cut  the capture holds only its beginning */
  read(
    opcode: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    cut?: boolean,
  ): Outcome<MessagesOf<R> | Other>
  write(to: ByteWriter, message: MessagesOf<R> | Other): void
  opcodeOf(message: MessagesOf<R> | Other): number
}

export function tableOf<const R extends Rows>(rows: R): Table<R> {
  const byOpcode: ([string, Layout<unknown>] | undefined)[] = []
  const opcodes = new Map<number, string>()
  for (const [name, [opcode, layout]] of Object.entries(rows)) {
    byOpcode[opcode] = [name, layout]
    opcodes.set(opcode, name)
  }
  const opcodeOf = (value: MessagesOf<R> | Other): number =>
    value.type === 'other' ? (value as Other).opcode : rows[value.type]![0]
  return {
    rows,
    opcodes,
    nameOf: (opcode) => opcodes.get(opcode),
    opcodeOf,
    read(opcode, bytes, at, end, cut = false) {
      const row = byOpcode[opcode]
      if (row === undefined) {
        return message({ type: 'other', opcode, rest: bytes.subarray(at, end) }, end - at)
      }
      const from = new Cursor(bytes, at, end, cut)
      const body = row[1].read(from)
      if (from.fault !== undefined) return malformed(from.fault, from.faultAt)
      const rest = bytes.subarray(from.at, end)
      return message({ type: row[0], body, rest } as unknown as MessagesOf<R>, end - at)
    },
    write(to, value) {
      if (value.type !== 'other') {
        rows[value.type]![1].write(to, (value as MessagesOf<R>).body)
      }
      to.bytes(value.rest)
    },
  }
}

export interface WireFacts {
  readonly name: string
  readonly source: string
  /** The byte before the opcode; absent where the frame has taken it already. */
  readonly protocol?: number
  readonly messageBytesMax: number
}

export function wireOf<R extends Rows>(
  table: Table<R>,
  facts: WireFacts,
): Wire<MessagesOf<R> | Other> {
  const head = facts.protocol === undefined ? 1 : 2
  return {
    name: facts.name,
    source: facts.source,
    carrier: 'datagram',
    messageBytesMax: facts.messageBytesMax,
    faults: MESSAGE_FAULTS,
    parse(bytes, at) {
      if (bytes.length - at < head) return malformed('datagram-short', bytes.length)
      if (facts.protocol !== undefined && bytes[at] !== facts.protocol) {
        return malformed('other-protocol', at)
      }
      if (bytes.length - at > facts.messageBytesMax) return malformed('body-wrong', at)
      const read = table.read(bytes[at + head - 1]!, bytes, at + head, bytes.length)
      return read.kind === 'message' ? message(read.message, bytes.length - at) : read
    },
    emit(value) {
      const to = new ByteWriter()
      if (facts.protocol !== undefined) to.u8(facts.protocol)
      to.u8(table.opcodeOf(value))
      table.write(to, value)
      return to.finish()
    },
  }
}

/** No UDP datagram carries more. */
export const DATAGRAM_BYTES_MAX = 65_535
