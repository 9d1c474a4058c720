/**
 * One test for all hypotheses of the form "what was told is so": a share of hits, the same share of
 * controls, and how likely that is by chance.
 */
import type { Cause } from '../../core/event.ts'
import { binomialTail } from './numeric.ts'

/**
 * When a hypothesis holds: at least half are hits, ten times as many as of the best control, and
 * chance would do it less than once in a thousand. Proposals in P2PScope's manner; there, 61 % and
 * 69.6 % of reversed addresses were alive.
 */
export interface Thresholds {
  readonly shareMin: number
  readonly controlTimesMin: number
  readonly pMax: number
  /** Fewer hits than so many are no evidence, whatever their share. */
  readonly hitsMin: number
}

export const THRESHOLDS: Thresholds = {
  shareMin: 0.5,
  controlTimesMin: 10,
  pMax: 0.001,
  hitsMin: 3,
}

export interface Tried {
  readonly name: string
  readonly tested: number
  readonly hits: number
}

export type Tested = Pick<Cause, 'verdict' | 'tested' | 'hits' | 'controls' | 'p'>

export function testOf(
  { tested, hits }: Pick<Tried, 'tested' | 'hits'>,
  controls: readonly Tried[],
  thresholds: Thresholds = THRESHOLDS,
): Tested {
  if (tested < thresholds.hitsMin) return { verdict: 'untested', tested, hits, controls }
  const best = Math.max(0, ...controls.map(rateOf))
  const p = binomialTail(hits, tested, Math.max(floorOf(controls, tested), best))
  const { shareMin, controlTimesMin, pMax, hitsMin } = thresholds
  const isRare = hits >= hitsMin && p < pMax && hits >= controlTimesMin * best * tested
  const verdict = !isRare ? 'refuted' : hits >= shareMin * tested ? 'confirmed' : 'supported'
  return { verdict, tested, hits, controls, p }
}

function rateOf({ hits, tested }: Tried): number {
  return tested === 0 ? 0 : hits / tested
}

/** No hit in so many does not mean that there is never one: one in one more is taken for it. */
function floorOf(controls: readonly Tried[], tested: number): number {
  const most = Math.max(tested, ...controls.map((control) => control.tested))
  return 1 / (most + 1)
}
