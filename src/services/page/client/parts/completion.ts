/** What may come next in an expression over flows, at the place where the cursor is. Pure. */
import { quoted } from '../../../../core/expression.ts'
import {
  FIELDS,
  type Field,
  fieldNamed,
  OPERATORS_OF,
  type Operator,
} from '../../../../core/expression-fields.ts'
import { SURENESSES } from '../../../../core/expression-values.ts'

export interface Suggestion {
  /** What is put in the place of `from` to the cursor. */
  readonly text: string
  readonly from: number
  /** In words, beside it. */
  readonly note: string
}

/** Values that are known to be there, by field. */
export type Known = ReadonlyMap<
  string,
  readonly { readonly value: string; readonly note: string }[]
>

const SUGGESTIONS_MAX = 12

/** A comparison that is not finished: field, then operator, then the beginning of a value. */
const UNFINISHED = /([A-Za-z_]+)\s*(==|!=|>=|<=|~|>|<)\s*("?)([^\s"(),&|]*)$/
const WORD = /(?:^|[\s(!])([A-Za-z_]*)$/
/** A field that is whole, and perhaps the first sign of an operator. */
const FIELD = /(?:^|[\s(!&|])([A-Za-z_]+)\s*([=!<>~]?)$/
/** A comparison that is finished: its value, then a space. */
const FINISHED = /(?:==|!=|>=|<=|~|>|<)\s*(?:"[^"]*"|[^\s"(),&|]+)\s+$|\)\s+$/

const OPERATOR_WORDS: Readonly<Record<Operator, string>> = {
  '==': 'is',
  '!=': 'is not',
  '>=': 'at least',
  '<=': 'at most',
  '>': 'more than',
  '<': 'less than',
  '~': 'contains',
  in: 'is one of',
}

export function suggestions(text: string, cursor: number, known: Known): Suggestion[] {
  const before = text.slice(0, cursor)
  if (isInQuotes(before)) return (values(before, known) ?? []).slice(0, SUGGESTIONS_MAX)
  return (values(before, known) ?? joins(before) ?? operators(before) ?? fields(before)).slice(
    0,
    SUGGESTIONS_MAX,
  )
}

function isInQuotes(before: string): boolean {
  return before.replace(/\\./g, '').split('"').length % 2 === 0
}

function values(before: string, known: Known): Suggestion[] | undefined {
  const match = UNFINISHED.exec(before)
  const field = match === null ? undefined : fieldNamed(match[1]!.toLowerCase())
  if (match === null || field === undefined) return undefined
  const begun = match[4]!.toLowerCase()
  const from = before.length - match[4]!.length - match[3]!.length
  return valuesOf(field, known)
    .filter(({ value }) => value.toLowerCase().includes(begun))
    .map(({ value, note }) => ({ text: `${quoted(value)} `, from, note }))
}

function valuesOf(field: Field, known: Known): readonly { value: string; note: string }[] {
  if (field.type === 'sureness') return SURENESSES.map((value) => ({ value, note: '' })).reverse()
  // Both ends of a flow have addresses and ports of the same kind.
  const same = { src: 'host', dst: 'host', sport: 'port', dport: 'port' } as const
  return known.get(same[field.name as keyof typeof same] ?? field.name) ?? []
}

function joins(before: string): Suggestion[] | undefined {
  if (!FINISHED.test(before)) return undefined
  return [
    { text: '&& ', from: before.length, note: 'and' },
    { text: '|| ', from: before.length, note: 'or' },
  ]
}

function operators(before: string): Suggestion[] | undefined {
  const match = FIELD.exec(before)
  const field = match === null ? undefined : fieldNamed(match[1]!.toLowerCase())
  if (match === null || field === undefined) return undefined
  const begun = match[2]!
  return OPERATORS_OF[field.type]
    .filter((operator) => operator.startsWith(begun))
    .map((operator) => ({
      text: operator === 'in' ? ' in (' : operator,
      from: before.length - begun.length,
      note: OPERATOR_WORDS[operator],
    }))
}

function fields(before: string): Suggestion[] {
  const begun = WORD.exec(before)?.[1]
  if (begun === undefined) return []
  return FIELDS.filter(({ name }) => name.startsWith(begun.toLowerCase())).map(
    ({ name, means, example }) => ({
      text: name,
      from: before.length - begun.length,
      note: `${means} — ${example}`,
    }),
  )
}

/** `family==x` and one more comparison. */
export function narrowed(where: string, comparison: string): string {
  if (where.trim() === '') return comparison
  // `&&` binds closer than `||`.
  return /\|\||\bor\b/.test(where) ? `(${where}) && ${comparison}` : `${where} && ${comparison}`
}

export function compared(field: string, operator: '==' | '!=', value: string): string {
  return `${field}${operator}${quoted(value)}`
}
