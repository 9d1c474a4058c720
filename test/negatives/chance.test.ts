/**
 * Random conversations in the sizes and turns of encrypted protocols: as few are taken for P2P as
 * was measured, and none where none was.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countNamed } from './chance.ts'
import { MODELS } from './models.ts'

const SEED = 4_711

for (const { conversations = 2_000, perMillion = 0, ...model } of MODELS) {
  const most = Math.round((conversations * perMillion) / 1e6)
  // Repeatable, so no slack for bad luck: where one in 10,000 is named, none of these 2,000 is.
  test(`${model.name}: ${most} of ${conversations} are named at most`, () => {
    const counts = countNamed(model, conversations, SEED)
    const named = [...counts.values()].reduce((sum, count) => sum + count, 0)
    assert.ok(named <= most, `${named} of ${conversations}: ${JSON.stringify([...counts])}`)
  })
}
