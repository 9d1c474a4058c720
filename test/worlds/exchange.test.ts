/** Worlds of many that are gone, worlds in which nothing is wrong, and a honeynet's own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnose } from '../../src/services/diagnose/diagnose.ts'
import { Evidence } from '../../src/services/diagnose/evidence.ts'
import { WorldDice } from './dice.ts'
import { confirmed, isWithin, judged, PEERS, SEEDS } from './exchange-in-test.ts'

test('the same where 39 % of all others are gone too: what cannot be on the Internet shows it', () => {
  for (const seed of SEEDS.slice(0, 5)) {
    const world = { seed, peers: PEERS, reversed: 0.127, meantAlive: 0.61, othersAlive: 0.61 }
    const diagnosis = judged(world)
    assert.deepEqual(confirmed(diagnosis), ['byte-order'], `seed ${seed}`)
    const [order] = diagnosis.causes
    // About 13 % of reversed addresses cannot be on the Internet: 600, whose share is known to 2 %.
    isWithin(order!.tested, 0.13 * 0.127 * PEERS, 100, `tested, seed ${seed}`)
    isWithin(order!.hits / order!.tested, 0.61, 0.08, `alive, seed ${seed}`)
    isWithin(diagnosis.reversedShare, 0.127, 0.02, `share, seed ${seed}`)
  }
})

test('where nothing is wrong but that some are gone, no hypothesis is confirmed, in 20 of 20', () => {
  for (const seed of SEEDS) {
    const gone = [0, 0.05, 0.39][seed % 3]!
    const world = { seed, peers: 8000, reversed: 0, meantAlive: 0, othersAlive: 1 - gone }
    const diagnosis = judged(world)
    assert.deepEqual(confirmed(diagnosis), [], `seed ${seed}`)
    assert.equal(diagnosis.reversedShare, 0)
  }
})

test('a honeynet whose dark addresses are asked: 61 % of their reverses are alive', () => {
  const dice = new WorldDice(3)
  const evidenceOf = (share: number) => {
    const alive = new Set<string>()
    const evidence = new Evidence({
      isDark: (ip) => ip.startsWith('131.243.'),
      liveness: { of: (at) => (alive.has(`${at.ip}:${at.port}`) ? 'peer' : 'silent') },
    })
    for (let i = 0; i < 1000; i++) {
      const octets = [131, 243, i % 250, 1 + dice.below(254)]
      const about = { ip: octets.join('.'), port: 4662 + i }
      if (i < share * 1000) alive.add(`${octets.toReversed().join('.')}:${about.port}`)
      const by = dice.host(50_000)
      const where = { capture: 'trace', frame: i + 1, micros: i, list: String(i), isWithin: false }
      evidence.ask({ ...where, family: 'edonkey', by, about, via: 'asked', content: undefined })
    }
    return evidence
  }
  const [asked] = diagnose(evidenceOf(0.61), 0)
  assert.deepEqual(confirmed(asked!), ['byte-order'])
  assert.deepEqual([asked!.causes[0]!.hits, asked!.causes[0]!.tested], [610, 1000])
  assert.deepEqual(asked!.bogus, { dark: 1000, unroutable: 0, unannounced: 0, silent: 0 })
  const [less] = diagnose(evidenceOf(0.49), 0)
  assert.deepEqual(confirmed(less!), [])
  assert.equal(less!.causes[0]!.verdict, 'supported')
})
