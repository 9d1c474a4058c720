/**
 * Messages of Freenet in text: between nodes (0.3; 0.4 and 0.5 inside plain sessions) and between a
 * client and its node (FCP 1 and 2).
 *
 *   name LF
 *   field "=" value LF          as often as needed; dots in a field's name make trees
 *   end LF                      "EndMessage", or the name of what follows ("Data"): so many bytes as
 *                               DataLength says, in hex in all but FCP 2. They are no part of this.
 *
 * Source: hyphanet/legacy src/freenet/presentation/{FNPRawMessage,FCPRawMessage}.java, FieldSet.java;
 * hyphanet/fred src/freenet/clients/fcp/FCPMessage.java, support/SimpleFieldSet.java.
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

/** One character per byte (latin-1), so that nothing is lost; `textOf` of formats makes text of them. */
export interface TextMessage {
  readonly name: string
  readonly fields: readonly (readonly [string, string])[]
  readonly end: string
  readonly lineEnd: '\n' | '\r\n'
}

const LF = 10
const CR = 13
const EQUALS = 61
/** Node references have 20 fields, lists of a site's files some hundred. */
const FIELDS_MAX = 2000
const BYTES_MAX = 131_072
const WORD = /^[A-Za-z][A-Za-z0-9]{0,63}$/

const FAULTS = ['name-not-a-word', 'end-not-a-word', 'too-many-fields', 'message-too-long'] as const

function parse(bytes: Uint8Array, at: number): Outcome<TextMessage> {
  const stop = Math.min(bytes.length, at + BYTES_MAX)
  const fields: [string, string][] = []
  let name: string | undefined
  let lineEnd: TextMessage['lineEnd'] = '\n'
  for (let lineAt = at; ; ) {
    const lf = bytes.indexOf(LF, lineAt)
    if (lf < 0 || lf >= stop) return unfinished(bytes, at, name === undefined ? lineAt : undefined)
    if (name === undefined && lf > lineAt && bytes[lf - 1] === CR) lineEnd = '\r\n'
    const to = lineEnd === '\r\n' && bytes[lf - 1] === CR ? lf - 1 : lf
    const equals = bytes.indexOf(EQUALS, lineAt)
    if (name === undefined) {
      name = latin1(bytes, lineAt, to - lineAt)
      if (!WORD.test(name)) return malformed('name-not-a-word', lineAt)
    } else if (equals >= 0 && equals < to) {
      if (fields.length >= FIELDS_MAX) return malformed('too-many-fields', lineAt)
      const value = latin1(bytes, equals + 1, to - equals - 1)
      fields.push([latin1(bytes, lineAt, equals - lineAt), value])
    } else {
      const end = latin1(bytes, lineAt, to - lineAt)
      if (!WORD.test(end)) return malformed('end-not-a-word', lineAt)
      return message({ name, fields, end, lineEnd }, lf + 1 - at)
    }
    lineAt = lf + 1
  }
}

/** More is needed, unless what is there cannot become a message. */
function unfinished(
  bytes: Uint8Array,
  at: number,
  nameAt: number | undefined,
): Outcome<TextMessage> {
  const have = bytes.length - at
  if (nameAt !== undefined) {
    const begun = latin1(bytes, nameAt, Math.min(have, 66)).replace(/\r$/, '')
    if (begun !== '' && !WORD.test(begun)) return malformed('name-not-a-word', nameAt)
  }
  if (have >= BYTES_MAX) return malformed('message-too-long', at + BYTES_MAX)
  return need(have + 1)
}

function emit({ name, fields, end, lineEnd }: TextMessage): Uint8Array {
  const out = new ByteWriter().latin1(name + lineEnd)
  for (const [field, value] of fields) out.latin1(`${field}=${value}${lineEnd}`)
  return out.latin1(end + lineEnd).finish()
}

export const messageWire: Wire<TextMessage> = {
  name: 'freenet/message',
  source: 'hyphanet/legacy FNPRawMessage.java, FCPRawMessage.java; hyphanet/fred FCPMessage.java',
  carrier: 'stream',
  messageBytesMax: BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}

export function fieldOf(said: TextMessage, name: string): string | undefined {
  return said.fields.find(([field]) => field === name)?.[1]
}
