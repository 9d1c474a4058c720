/**
 * What recurs is written once and then named by a number: words, kinds of flows, addresses of
 * IPv6, contents. All are bounded; a word too many becomes the empty word.
 */
import { parseIp6 } from '../../core/address.ts'
import { u64beBig } from '../../core/bytes.ts'
import type { FlowVerdict, Sureness } from '../../core/event.ts'
import { SURENESSES } from '../../core/expression-values.ts'
import { limits } from '../../core/limits.ts'
import { addressKey, Recent, textKey } from './keys.ts'
import type { Cell } from './rows.ts'
import type { TableName } from './schema.ts'

export type AddRow = (table: TableName, cells: readonly Cell[]) => void

/** Numbers of words and kinds have 16 bits. */
const NUMBERS_MAX = 65_535

export class Words {
  readonly #numbers = new Map<string, number>([['', 0]])
  readonly #texts: string[] = ['']

  /** A word as it was read from the store. */
  know(number: number, text: string): void {
    this.#numbers.set(text, number)
    this.#texts[number] = text
  }

  /** A new word is written with `add`. */
  number(text: string | undefined, add: AddRow): number {
    if (text === undefined) return 0
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#texts.length
    if (number > NUMBERS_MAX) return 0
    this.know(number, text)
    add('words', [number, text])
    return number
  }

  /** Undefined where it was never written. */
  find(text: string): number | undefined {
    return this.#numbers.get(text)
  }

  text(number: number): string {
    return this.#texts[number] ?? ''
  }

  /** All words with their numbers. */
  entries(): Iterable<[string, number]> {
    return this.#numbers.entries()
  }
}

/** What a flow is. Number 0: of no known protocol. */
export interface Kind {
  readonly number: number
  readonly family: string
  readonly part: string
  /** Absent for number 0. */
  readonly sureness: Sureness | undefined
  readonly neighbour: boolean
  /** Named by its endpoint only. */
  readonly matched: boolean
}

const NO_KIND: Kind = {
  number: 0,
  family: '',
  part: '',
  sureness: undefined,
  neighbour: false,
  matched: false,
}

export class Kinds {
  readonly #numbers = new Map<string, number>()
  readonly all: Kind[] = [NO_KIND]

  know(kind: Kind): void {
    this.#numbers.set(nameOf(kind), kind.number)
    this.all[kind.number] = kind
  }

  number(verdict: FlowVerdict | undefined, add: AddRow): number {
    if (verdict === undefined) return 0
    const kind: Kind = {
      number: this.all.length,
      family: verdict.family,
      part: verdict.part,
      sureness: verdict.sureness,
      neighbour: verdict.neighbour === true,
      matched: verdict.taughtBy !== undefined,
    }
    const known = this.#numbers.get(nameOf(kind))
    if (known !== undefined) return known
    if (kind.number > NUMBERS_MAX) return 0
    this.know(kind)
    add('kinds', [
      kind.number,
      kind.family,
      kind.part,
      surenessRank(verdict.sureness),
      kind.neighbour,
      kind.matched,
    ])
    return kind.number
  }

  get(number: number): Kind {
    return this.all[number] ?? NO_KIND
  }
}

function nameOf({ family, part, sureness, neighbour, matched }: Kind): string {
  return `${family}\0${part}\0${sureness}\0${neighbour}\0${matched}`
}

export function surenessRank(sureness: Sureness): number {
  return SURENESSES.indexOf(sureness)
}

/** Keys of addresses and contents; what a key does not hold is written beside. */
export class Keys {
  readonly #addresses = new Recent<bigint>(limits.storeKeysMax)
  readonly #contents = new Recent<bigint>(limits.storeKeysMax)

  /** An address that is none becomes 0.0.0.0. */
  address(ip: string, add: AddRow): bigint {
    const known = this.#addresses.get(ip)
    if (known !== undefined) return known
    const key = addressKey(ip) ?? 0n
    this.#addresses.set(ip, key)
    const six = ip.includes(':') ? parseIp6(ip) : undefined
    if (six !== undefined) add('addresses', [key, u64beBig(six, 0), u64beBig(six, 8), ip])
    return key
  }

  content(urn: string | undefined, add: AddRow): bigint | null {
    if (urn === undefined) return null
    const known = this.#contents.get(urn)
    if (known !== undefined) return known
    const key = textKey(urn)
    this.#contents.set(urn, key)
    add('contents', [key, urn])
    return key
  }
}
