/**
 * For tests: worlds in which octets come out in reverse, and worlds in which nothing is wrong, judged by what
 * was heard and who answers. Figures that must come out are those the worlds were made with.
 */
import assert from 'node:assert/strict'
import { type Diagnosis, diagnose } from '../../src/services/diagnose/diagnose.ts'
import { Evidence } from '../../src/services/diagnose/evidence.ts'
import { observe } from '../../src/services/diagnose/observe.ts'
import { type ExchangeSettings, exchangeWorld } from './exchange.ts'

export const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1)
/** As many as P2PScope backtracked. */
export const PEERS = 37_079

export function judged(settings: ExchangeSettings): Diagnosis {
  const { events, liveness } = exchangeWorld(settings)
  const evidence = new Evidence({ liveness })
  for (const event of events) observe(event, evidence)
  const [told, ...others] = diagnose(evidence, 0)
  assert.deepEqual(others, [])
  return told!
}

export function confirmed({ causes }: Diagnosis): readonly string[] {
  return causes.filter(({ verdict }) => verdict === 'confirmed').map(({ hypothesis }) => hypothesis)
}

export function isWithin(value: number, wanted: number, off: number, what: string): void {
  assert.ok(Math.abs(value - wanted) <= off, `${what}: ${value}, not ${wanted}`)
}

/** So large a share is reversed: found, with the figures that the world was made with, in 20 of 20. */
export function findsReversed(share: number): void {
  for (const seed of SEEDS) {
    const world = { seed, peers: PEERS, reversed: share, meantAlive: 0.61, othersAlive: 1 }
    const diagnosis = judged(world)
    assert.deepEqual(confirmed(diagnosis), ['byte-order'], `seed ${seed}`)
    const [order] = diagnosis.causes
    isWithin(diagnosis.reversedShare, share, 0.01, `share, seed ${seed}`)
    isWithin(order!.hits / order!.tested, 0.61, 0.01, `alive, seed ${seed}`)
    for (const { name, tested, hits } of order!.controls) {
      assert.ok(hits <= 0.001 * tested, `${name}: ${hits} of ${tested}`)
    }
    const blamed = diagnosis.blame.clients.filter(({ isBlamed }) => isBlamed)
    assert.deepEqual(blamed.map(({ software }) => software).sort(), ['aMule 2.1.1', 'aMule 2.1.3'])
    const channels = Object.fromEntries(
      diagnosis.channels.map(({ kind, spreads }) => [kind, spreads]),
    )
    assert.deepEqual(channels, { exchange: 'yes', index: 'no', dht: 'no' })
  }
}
