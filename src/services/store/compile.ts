/**
 * An expression (core/expression.ts) as a condition on the columns of flows. What is known here by
 * heart (families, parts, protocols, sources) is decided here and becomes a set of numbers.
 */
import { parseIp4, parseIp6 } from '../../core/address.ts'
import { u32be, u64beBig } from '../../core/bytes.ts'
import type { Sureness } from '../../core/event.ts'
import type { Comparison, Expression } from '../../core/expression.ts'
import type { FieldName, Operator } from '../../core/expression-fields.ts'
import { type Network, SURENESSES, type Value } from '../../core/expression-values.ts'
import { protoName } from '../../core/proto-names.ts'
import type { Kind } from './dictionaries.ts'
import { addressKey, flowKey, parseFlowId, textKey } from './keys.ts'
import { communityKey } from './recorder.ts'
import { all, any, integer, isAmong, isIn, type Sql } from './sql.ts'

export interface Known {
  readonly kinds: readonly Kind[]
  readonly runs: readonly { readonly run: number; readonly source: string }[]
  /** The words, with their numbers. */
  readonly words: Iterable<[string, number]>
}

/** A condition on the columns of flows; its texts are added to `sql`. */
export function condition(expression: Expression, known: Known, sql: Sql): string {
  switch (expression.kind) {
    case 'and':
      return all(expression.parts.map((part) => condition(part, known, sql)))
    case 'or':
      return any(expression.parts.map((part) => condition(part, known, sql)))
    case 'not':
      return `not (${condition(expression.part, known, sql)})`
    case 'comparison':
      return expression.operator === '!='
        ? `not (${compared({ ...expression, operator: '==' }, known, sql)})`
        : compared(expression, known, sql)
  }
}

const COLUMNS: Partial<Record<FieldName, readonly string[]>> = {
  host: ['src', 'dst'],
  src: ['src'],
  dst: ['dst'],
  port: ['sport', 'dport'],
  sport: ['sport'],
  dport: ['dport'],
  bytes: ['bytes_up + bytes_down'],
  up: ['bytes_up'],
  down: ['bytes_down'],
  packets: ['packets_up + packets_down'],
  duration: ['stop - start'],
  start: ['start'],
  end: ['stop'],
}

function compared(comparison: Comparison, known: Known, sql: Sql): string {
  const { field, operator, values } = comparison
  const texts = values as readonly string[]
  switch (field) {
    case 'family':
    case 'part':
      return kindsThat(known, (kind) => isText(kind[field], operator, texts))
    case 'sureness':
      return kindsThat(known, ({ sureness }) => isSure(sureness, operator, texts as Sureness[]))
    case 'proto': {
      const numbers = Array.from({ length: 256 }, (_, i) => i)
      return isAmong(
        'proto',
        numbers.filter((number) => isText(protoName(number), operator, texts)),
      )
    }
    case 'source':
      return any(
        known.runs
          .filter(({ source }) => isText(source, operator, texts))
          .map(({ run }) => inRun('id', run)),
      )
    case 'id':
      return isIn(
        'id',
        texts.map(parseFlowId).filter((key) => key !== undefined),
      )
    case 'community':
      return any(texts.map((text) => communityCondition(text)))
    case 'message': {
      const names = [...known.words].filter(([text]) => isText(text, operator, texts))
      return `id in (select flow from raw.messages where ${isIn(
        'name',
        names.map(([, n]) => n),
      )})`
    }
    case 'content':
      return spokeOf(operator, texts, sql)
    case 'software':
      return `id in (select flow from raw.clients where ${textCondition('software', operator, texts, sql)})`
    default:
      return any(COLUMNS[field]!.map((column) => columnCondition(column, operator, values)))
  }
}

function columnCondition(column: string, operator: Operator, values: readonly Value[]): string {
  if (typeof values[0] === 'object') {
    return any((values as readonly Network[]).map((network) => inNetwork(column, network)))
  }
  if (operator === 'in') return isIn(column, values as readonly number[])
  return `${column} ${operator === '==' ? '=' : operator} ${integer(values[0] as number)}`
}

function isText(text: string, operator: Operator, values: readonly string[]): boolean {
  if (operator === '~') return text.toLowerCase().includes(values[0]!.toLowerCase())
  return values.includes(text)
}

function textCondition(
  column: string,
  operator: Operator,
  values: readonly string[],
  sql: Sql,
): string {
  if (operator === '~') {
    return `contains(lower(${column}), ${sql.text(values[0]!.toLowerCase())})`
  }
  return `${column} in (${values.map((value) => sql.text(value)).join(', ')})`
}

function isSure(sureness: Sureness | undefined, operator: Operator, values: readonly Sureness[]) {
  if (sureness === undefined) return false
  const difference = SURENESSES.indexOf(sureness) - SURENESSES.indexOf(values[0]!)
  switch (operator) {
    case '>':
      return difference > 0
    case '>=':
      return difference >= 0
    case '<':
      return difference < 0
    case '<=':
      return difference <= 0
    default:
      return values.includes(sureness)
  }
}

function kindsThat({ kinds }: Known, holds: (kind: Kind) => boolean): string {
  const numbers = kinds.filter(holds).map(({ number }) => number)
  return numbers.length === kinds.length ? 'true' : isAmong('kind', numbers)
}

export function inRun(column: string, run: number): string {
  return `${column} between ${integer(flowKey(run, 0))} and ${integer(flowKey(run, 2 ** 32 - 1))}`
}

function communityCondition(id: string): string {
  const key = communityKey(id)
  return key === undefined ? 'false' : `community is not distinct from ${integer(key)}`
}

/** Whether an address is in a network. */
export function inNetwork(column: string, { ip, bits }: Network): string {
  const four = parseIp4(ip)
  if (four !== undefined) {
    const first = u32be(four, 0)
    const last = first + 2 ** (32 - bits) - 1
    return first === last ? `${column} = ${first}` : `${column} between ${first} and ${last}`
  }
  if (bits === 128) return `${column} = ${integer(addressKey(ip)!)}`
  const six = parseIp6(ip)!
  const [high, low] = [u64beBig(six, 0), u64beBig(six, 8)]
  const [part, first, size] = bits <= 64 ? ['high', high, 64 - bits] : ['low', low, 128 - bits]
  const last = first + 2n ** BigInt(size) - 1n
  const same = bits <= 64 ? '' : `high = ${integer(high)} and `
  return `${column} in (select address from raw.addresses where ${same}${part} between ${integer(first)} and ${integer(last)})`
}

/** Tables that say of which content a flow spoke. */
export const SPEAKING = ['claims', 'requests', 'shares', 'searches', 'transfers'] as const

function spokeOf(operator: Operator, texts: readonly string[], sql: Sql): string {
  const contents =
    operator === '~'
      ? `content in (select content from raw.contents where ${textCondition('urn', operator, texts, sql)})`
      : isIn(
          'content',
          texts.map((text) => textKey(text)),
        )
  const flows = SPEAKING.map((table) => `select flow from raw.${table} where ${contents}`)
  return `id in (${flows.join(' union all ')})`
}
