/**
 * Random conversations in the sizes and turns of encrypted protocols, and made-up protocols: as few are taken for P2P as
 * was measured, and none where none was.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countNamed } from './chance.ts'
import { MADE_UP } from './made-up.ts'
import { MODELS } from './models.ts'

const SEED = 4_711
/** What is called `unsure` rests on sizes alone; models that have some of them already meet it this often. */
const UNSURE_PER_MILLION = 12_500

for (const { conversations = 2_000, perMillion = 0, ...model } of [...MODELS, ...MADE_UP]) {
  const most = Math.round((conversations * perMillion) / 1e6)
  // Repeatable, so no slack for bad luck: where one in 10,000 is named, none of these 2,000 is.
  test(`${model.name}: ${most} of ${conversations} are named at most`, () => {
    const counts = countNamed(model, conversations, SEED)
    const told = `of ${conversations}: ${JSON.stringify([...counts])}`
    let [named, unsure] = [0, 0]
    for (const [name, count] of counts) {
      if (name.includes('unsure')) unsure += count
      else named += count
    }
    assert.ok(named <= most, `${named} ${told}`)
    assert.ok(unsure <= Math.round((conversations * UNSURE_PER_MILLION) / 1e6), `${unsure} ${told}`)
  })
}
