/**
 * What stands behind the text of a query and between the two NULs of a hit: HUGE names, XML, old
 * plain text and GGEP blocks, separated by 0x1c.
 *
 *     urn:sha1:ABC… 1c <?xml … 1c c3 … (GGEP ends by itself)
 *
 * Source: doc/gnutella/huge (HUGE 0.94) of gtk-gnutella; separators also doc/gnutella/GGEP.
 */
import { ByteWriter, bytesOf } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { parseUrn, type Urns } from '../../formats/urn.ts'
import { emitGgep, GGEP_MAGIC, type GgepBlock, parseGgep } from './ggep.ts'

export type Extension =
  /** One character per byte; `urn:` names, XML and plain text alike. */
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'ggep'; readonly block: GgepBlock }
  /** A GGEP block that is damaged or cut; with the fault of the GGEP wire. */
  | {
      readonly type: 'bad-ggep'
      readonly fault: string
      readonly at: number
      readonly bytes: Uint8Array
    }

const SEPARATOR = 0x1c
const PAYLOAD_BYTES_MAX = 65_535

/** Read all extensions of bytes[at … end). Nothing is malformed as a whole: pieces are. */
export function extensionsOf(bytes: Uint8Array, at: number, end: number): Extension[] {
  const list: Extension[] = []
  let from = at
  while (from < end) {
    const byte = bytes[from]!
    if (byte === SEPARATOR || byte === 0) {
      from++
    } else if (byte === GGEP_MAGIC) {
      const outcome = parseGgep(bytes.subarray(0, end), from)
      if (outcome.kind !== 'message') {
        const fault = outcome.kind === 'need' ? 'ggep-cut' : outcome.fault
        const place = outcome.kind === 'need' ? from : outcome.at
        list.push({ type: 'bad-ggep', fault, at: place, bytes: bytes.subarray(from, end) })
        return list
      }
      list.push({ type: 'ggep', block: outcome.message })
      from += outcome.size
    } else {
      const to = textEnd(bytes, from, end)
      list.push({ type: 'text', value: latin1(bytes, from, to - from) })
      from = to
    }
  }
  return list
}

function textEnd(bytes: Uint8Array, from: number, end: number): number {
  let to = from
  while (to < end && bytes[to] !== SEPARATOR && bytes[to] !== 0) to++
  return to
}

export function emitExtensions(list: readonly Extension[]): Uint8Array {
  const writer = new ByteWriter()
  for (const [index, extension] of list.entries()) {
    if (index > 0) writer.u8(SEPARATOR)
    if (extension.type === 'text') writer.latin1(extension.value)
    else if (extension.type === 'ggep') writer.bytes(emitGgep(extension.block))
    else writer.bytes(extension.bytes)
  }
  return writer.finish()
}

/** All GGEP blocks as one. */
export function ggepOf(list: readonly Extension[]): GgepBlock | undefined {
  const items = list.flatMap((extension) =>
    extension.type === 'ggep' ? extension.block.items : [],
  )
  return items.length === 0 ? undefined : { items }
}

/** Content names among the text extensions, each with its other names. */
export function urnsOf(list: readonly Extension[]): Urns[] {
  const urns: Urns[] = []
  for (const extension of list) {
    if (extension.type !== 'text' || !/^urn:/i.test(extension.value)) continue
    const urn = parseUrn(extension.value)
    if (urn !== undefined) urns.push(urn)
  }
  return urns
}

/** A text extension, for tests and emitters. */
export function textExtension(value: string): Extension {
  return { type: 'text', value: latin1(bytesOf(value)) }
}

export const extensionsWire: Wire<readonly Extension[]> = {
  name: 'gnutella/extensions',
  source: 'HUGE 0.94, doc/gnutella/huge of gtk-gnutella',
  carrier: 'datagram',
  messageBytesMax: PAYLOAD_BYTES_MAX,
  faults: ['extensions-empty', 'extensions-too-long'],
  parse(bytes, at): Outcome<readonly Extension[]> {
    const size = bytes.length - at
    if (size === 0) return malformed('extensions-empty', at)
    if (size > PAYLOAD_BYTES_MAX) return malformed('extensions-too-long', at)
    return message(extensionsOf(bytes, at, bytes.length), size)
  },
  emit: emitExtensions,
}
