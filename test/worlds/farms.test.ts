/** A farm is found, whole, and nobody else is taken for one; its share of the traffic is that it was made with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnose } from '../../src/services/diagnose/diagnose.ts'
import { Evidence } from '../../src/services/diagnose/evidence.ts'
import { observe } from '../../src/services/diagnose/observe.ts'
import { type FarmSettings, farmWorld } from './farms.ts'

function judged(settings: FarmSettings) {
  const { events, liveness, farm } = farmWorld(settings)
  const evidence = new Evidence({ liveness })
  for (const event of events) observe(event, evidence)
  const [diagnosis] = diagnose(evidence, 0)
  const confirmed = diagnosis!.causes
    .filter(({ verdict }) => verdict === 'confirmed')
    .map(({ hypothesis }) => hypothesis)
  return { ...diagnosis!.injection, confirmed, farm }
}

test('20 % injected traffic: the farm is found, and 20 % are told, in 20 of 20', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { farms, connections, confirmed, farm } = judged({
      seed,
      connections: 20_000,
      farms: 0.2,
    })
    assert.deepEqual(confirmed, ['injection'], `seed ${seed}`)
    assert.equal(farms.length, 1)
    assert.deepEqual(farms[0]!.addresses, [...farm].sort())
    assert.deepEqual(
      [farms[0]!.network, farms[0]!.software, farms[0]!.sureness],
      ['66.180.205.0/24', 'Azureus 2.5.0.0', 'certain'],
    )
    const share = connections.farms / connections.all
    assert.ok(Math.abs(share - 0.2) <= 0.01, `seed ${seed}: ${share}`)
  }
})

test('without a farm nothing is confirmed, and neither seedboxes nor a NAT are farms, in 20 of 20', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { farms, confirmed } = judged({ seed, connections: 8000, farms: 0 })
    assert.deepEqual([confirmed, farms], [[], []], `seed ${seed}`)
  }
})
