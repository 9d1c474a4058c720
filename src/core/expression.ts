/**
 * The language in which flows are chosen, as text in a bar and in a URL:
 *
 *   either     = both { ("||" | "or") both }
 *   both       = one { ("&&" | "and") one }
 *   one        = ("!" | "not") one | "(" either ")" | comparison
 *   comparison = field ("==" | "!=" | ">=" | "<=" | ">" | "<" | "~") value
 *              | field "in" "(" value { "," value } ")"
 *   value      = quoted text | letters up to a space, quote, bracket, comma, "&" or "|"
 *
 * `!=` is the opposite of `==`: `host!=10.0.0.0/8` has neither end there, `family!=x` holds also
 * for flows of no known family. Pure, and the same in a browser and in a store.
 */

import type { Operator } from './expression-fields.ts'
import {
  FIELDS,
  type Field,
  type FieldName,
  fieldElsewhere,
  fieldNamed,
  OPERATORS,
  OPERATORS_OF,
} from './expression-fields.ts'
import { readValue, type Value } from './expression-values.ts'

export interface Comparison {
  readonly kind: 'comparison'
  readonly field: FieldName
  readonly operator: Operator
  /** One, but for `in`. */
  readonly values: readonly Value[]
}

export type Expression =
  | Comparison
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly part: Expression }

export type Parsed =
  /** `ok` is absent where the text is empty: everything is meant. */
  | { readonly ok?: Expression; readonly error?: undefined }
  /** What is wrong in words, and where: an index of the text's UTF-16 units. */
  | { readonly error: string; readonly at: number }

/** In UTF-16 units. A URL that browsers and proxies carry has room for it. */
export const EXPRESSION_LENGTH_MAX = 2048
/** Brackets and negations inside each other. */
export const EXPRESSION_DEPTH_MAX = 32

export function parseExpression(text: string): Parsed {
  if (text.length > EXPRESSION_LENGTH_MAX) {
    return { error: `longer than ${EXPRESSION_LENGTH_MAX} characters`, at: EXPRESSION_LENGTH_MAX }
  }
  const reader = new Reader(text)
  if (reader.isAtEnd()) return {}
  const result = reader.either(0)
  if (isFailure(result)) return result
  if (reader.isAtEnd()) return { ok: result }
  return reader.failure('expected && or || between two comparisons')
}

/** A value so written that it is read back as it is. */
export function quoted(value: string): string {
  if (value !== '' && PLAIN.exec(value)?.[0] === value) return value
  return `"${value.replace(/[\\"]/g, '\\$&')}"`
}

interface Failure {
  readonly error: string
  readonly at: number
}

function isFailure(value: object): value is Failure {
  return 'error' in value
}

const PLAIN = /^[^\s"'(),&|]+/
const WORD = /^[A-Za-z_]+/
/** A name as other programs write theirs: `ip.addr`, `id.orig_h`. */
const DOTTED = /^[A-Za-z_][\w.]*/

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  isAtEnd(): boolean {
    this.#space()
    return this.#at === this.#text.length
  }

  failure(error: string, at = this.#at): Failure {
    return { error, at }
  }

  either(depth: number): Expression | Failure {
    return this.#joined('or', ['||', 'or'], depth, () => this.#both(depth))
  }

  #both(depth: number): Expression | Failure {
    return this.#joined('and', ['&&', 'and'], depth, () => this.#one(depth))
  }

  #joined(
    kind: 'and' | 'or',
    signs: readonly string[],
    depth: number,
    next: () => Expression | Failure,
  ): Expression | Failure {
    if (depth > EXPRESSION_DEPTH_MAX) return this.failure('too many brackets inside each other')
    const parts: Expression[] = []
    do {
      const part = next()
      if (isFailure(part)) return part
      parts.push(part)
    } while (signs.some((sign) => this.#take(sign)))
    return parts.length === 1 ? parts[0]! : { kind, parts }
  }

  #one(depth: number): Expression | Failure {
    if (this.#take('!') || this.#take('not')) {
      if (depth >= EXPRESSION_DEPTH_MAX) return this.failure('too many negations of each other')
      const part = this.#one(depth + 1)
      return isFailure(part) ? part : { kind: 'not', part }
    }
    const open = this.#at
    if (!this.#take('(')) return this.#comparison()
    const inner = this.either(depth + 1)
    if (isFailure(inner)) return inner
    if (this.#take(')')) return inner
    return this.isAtEnd()
      ? this.failure('this bracket is not closed', open)
      : this.failure('expected && or || or a closing bracket')
  }

  #comparison(): Comparison | Failure {
    this.#space()
    const at = this.#at
    const name = WORD.exec(this.#text.slice(at))?.[0]
    if (name === undefined) return this.failure('expected a field, such as family==… or host==…')
    const field = fieldNamed(name.toLowerCase())
    const whole = DOTTED.exec(this.#text.slice(at))![0]
    if (field === undefined || whole !== name) return this.failure(unknownField(whole), at)
    this.#at += name.length
    this.#space()
    const operatorAt = this.#at
    const operator = OPERATORS.find((sign) => this.#take(sign))
    if (operator === undefined) return this.failure(`expected ${signs(field)} after ${field.name}`)
    if (!OPERATORS_OF[field.type].includes(operator)) {
      return this.failure(`${field.name} is compared with ${signs(field)}`, operatorAt)
    }
    const values = operator === 'in' ? this.#list(field) : this.#value(field)
    if ('error' in values) return values
    return { kind: 'comparison', field: field.name, operator, values: values.ok }
  }

  #list(field: Field): { readonly ok: readonly Value[] } | Failure {
    if (!this.#take('(')) return this.failure('expected a list in brackets: in (a, b)')
    const values: Value[] = []
    do {
      const value = this.#value(field)
      if ('error' in value) return value
      values.push(...value.ok)
    } while (this.#take(','))
    return this.#take(')') ? { ok: values } : this.failure('expected a comma or a closing bracket')
  }

  #value(field: Field): { readonly ok: readonly Value[] } | Failure {
    this.#space()
    const at = this.#at
    const quote = this.#text[at]
    const text = quote === '"' || quote === "'" ? this.#quotedText(quote) : this.#plainText()
    if (text === undefined) {
      return quote === '"' || quote === "'"
        ? this.failure('this quote is not closed', at)
        : this.failure(`expected a value, such as ${field.example}`, at)
    }
    const value = readValue(field, text)
    return 'error' in value ? this.failure(value.error, at) : { ok: [value.ok] }
  }

  #plainText(): string | undefined {
    const text = PLAIN.exec(this.#text.slice(this.#at))?.[0]
    this.#at += text?.length ?? 0
    return text
  }

  /** Up to the same quote; a backslash takes the next character as it is. */
  #quotedText(quote: string): string | undefined {
    let result = ''
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      let character = this.#text[at]!
      if (character === quote) {
        this.#at = at + 1
        return result
      }
      if (character === '\\' && at + 1 < this.#text.length) character = this.#text[++at]!
      result += character
    }
    return undefined
  }

  /** Take a sign, or a word that ends there. */
  #take(sign: string): boolean {
    this.#space()
    const end = this.#at + sign.length
    if (this.#text.slice(this.#at, end).toLowerCase() !== sign) return false
    if (WORD.test(sign) && /^[\w.]/.test(this.#text.slice(end))) return false
    this.#at = end
    return true
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }
}

function signs(field: Field): string {
  return OPERATORS_OF[field.type].join(' ')
}

function unknownField(name: string): string {
  const word = name.toLowerCase()
  const meant = fieldElsewhere(word)
  const near = FIELDS.filter((field) => field.name.startsWith(word.slice(0, 2)))
  const offered = near.length > 0 ? near : FIELDS
  const names = meant === undefined ? offered.map((field) => field.name).join(', ') : meant
  return meant === undefined && near.length === 0
    ? `there is no field "${name}"; there are ${names}`
    : `there is no field "${name}": perhaps ${names}`
}
