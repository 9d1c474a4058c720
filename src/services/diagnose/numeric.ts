/**
 * Tails of the binomial and of the chi-square distribution.
 * Sources: Abramowitz and Stegun, Handbook of Mathematical Functions (1964): 6.1.41 (logarithm of
 * gamma), 26.1.20 (binomial), 26.4.2 and 26.4.19 (chi-square as incomplete gamma), 6.5.29 (its series),
 * 6.5.31 (its continued fraction).
 */

/** The asymptotic series is good to 12 digits from here on. */
const STIRLING_MIN = 12
/** Terms of a series or fraction; those that are needed here are some hundreds. */
const TERMS_MAX = 10_000
const PRECISION = 1e-15

/** ln Γ(x), x > 0. */
export function logGamma(x: number): number {
  let shift = 0
  let at = x
  for (; at < STIRLING_MIN; at++) shift += Math.log(at)
  const square = at * at
  const rest = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / at
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + rest - shift
}

/** How likely `hits` or more of `tested` are, if each is one with this chance. */
export function binomialTail(hits: number, tested: number, chance: number): number {
  if (hits <= 0) return 1
  if (hits > tested || chance <= 0) return 0
  if (chance >= 1) return 1
  const ofAll = logGamma(tested + 1)
  let sum = 0
  for (let k = hits; k <= tested; k++) {
    const ways = ofAll - logGamma(k + 1) - logGamma(tested - k + 1)
    const term = Math.exp(ways + k * Math.log(chance) + (tested - k) * Math.log1p(-chance))
    sum += term
    // Past the middle the terms only fall.
    if (k > tested * chance && term < sum * PRECISION) break
  }
  return Math.min(1, sum)
}

/** How likely a sum of squares of so many degrees of freedom is to be `value` or more. */
export function chiSquareTail(value: number, freedom: number): number {
  if (value <= 0 || freedom <= 0) return 1
  const [a, x] = [freedom / 2, value / 2]
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a))
  return Math.min(1, Math.max(0, x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upper(a, x)))
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; n < TERMS_MAX && term > sum * PRECISION; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

/** The continued fraction from its end, which needs no care for zeros. */
function upper(a: number, x: number): number {
  let value = 0
  for (let n = 300; n > 0; n--) value = (n * (n - a)) / (x + 2 * n + 1 - a - value)
  return 1 / (x + 1 - a - value)
}

/** Pearson's sum of squares of a table of counts, with its degrees of freedom. */
export function chiSquare(rows: readonly (readonly number[])[]): {
  readonly value: number
  readonly freedom: number
  readonly p: number
} {
  const sumOf = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)
  const columns = (rows[0] ?? []).map((_, i) => sumOf(rows.map((row) => row[i]!)))
  const total = sumOf(columns)
  const used = { rows: rows.filter((row) => sumOf(row) > 0), columns: columns.filter(Boolean) }
  let value = 0
  for (const row of used.rows) {
    for (const [i, count] of row.entries()) {
      const expected = (sumOf(row) * columns[i]!) / total
      if (expected > 0) value += (count - expected) ** 2 / expected
    }
  }
  const freedom = Math.max(0, (used.rows.length - 1) * (used.columns.length - 1))
  return { value, freedom, p: chiSquareTail(value, freedom) }
}
