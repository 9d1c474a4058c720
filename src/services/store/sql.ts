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

/** As `isIn`, for numbers that stand close together: a comparison with ends is faster than a list. */
export function isAmong(column: string, numbers: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && number <= last[1] + 1) last[1] = number
    else ranges.push([number, number])
  }
  return any(
    ranges.map(([first, last]) =>
      first === last
        ? `${column} = ${integer(first)}`
        : `${column} between ${integer(first)} and ${integer(last)}`,
    ),
  )
}

export function all(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.map((one) => `(${one})`).join(' and ')
}

export function any(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'false' : conditions.map((one) => `(${one})`).join(' or ')
}
