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
  test(`${model.name}: at most ${perMillion} in a million are named`, () => {
    const counts = countNamed(model, conversations, SEED)
    const named = [...counts.values()].reduce((sum, count) => sum + count, 0)
    // Repeatable, so no slack for bad luck: where one in 10,000 is named, none of 2,000 is.
    const most = Math.round((conversations * perMillion) / 1e6)
    assert.ok(named <= most, `${named} of ${conversations}: ${JSON.stringify([...counts])}`)
  })
}
