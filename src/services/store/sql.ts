/**
 * Putting SQL together. Texts go in as parameters, never into the statement. Whole numbers are
 * written out, after a check that they are such: DuckDB skips blocks by the smallest and greatest
 * value in them only where it knows the number while it plans.
 */
export class Sql {
  readonly values: string[] = []

  text(value: string): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}

export function integer(value: number | bigint): string {
  if (typeof value === 'bigint') return `${value}::ubigint`
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number`)
  return String(value)
}

export function list(values: readonly (number | bigint)[]): string {
  return values.map(integer).join(', ')
}

/** `column in (…)` that is right also for none. */
export function isIn(column: string, values: readonly (number | bigint)[]): string {
  return values.length === 0 ? 'false' : `${column} in (${list(values)})`
}

/** More numbers left out than these are said as a list. */
const HOLES_MAX = 16

/**
 * As `isIn`, for numbers that stand close together: ends, and what is left out between them, are
 * compared while blocks are read, five times as fast as a list.
 */
export function isAmong(column: string, numbers: readonly number[]): string {
  if (numbers.length === 0) return 'false'
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)]
  if (last - first + 1 - numbers.length > HOLES_MAX) return isIn(column, numbers)
  const known = new Set(numbers)
  const conditions = [`${column} >= ${integer(first)}`, `${column} <= ${integer(last)}`]
  for (let number = first; number < last; number++) {
    if (!known.has(number)) conditions.push(`${column} <> ${integer(number)}`)
  }
  return conditions.join(' and ')
}

export function all(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.map((one) => `(${one})`).join(' and ')
}

export function any(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'false' : conditions.map((one) => `(${one})`).join(' or ')
}
