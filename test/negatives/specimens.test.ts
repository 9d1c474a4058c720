/**
 * Protocols by their specifications: none is taken for P2P, from its start or its middle, from
 * either side alone, nor when the capture cuts its packets.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Chance, namesOf, type Piece } from './chance.ts'
import { isKnown, KNOWN_SPECIMENS } from './known.ts'
import { SPECIMENS } from './specimens.ts'

const SEED = 1_907
/** Of each way. */
const CONVERSATIONS = 40

// biome-ignore format: a table
const WAYS: Readonly<Record<string, (pieces: readonly Piece[]) => readonly Piece[]>> = {
  whole: (pieces) => pieces,
  'only the first': (pieces) => pieces.slice(0, 1),
  'without the first': (pieces) => pieces.slice(1),
  'without the first two': (pieces) => pieces.slice(2),
  'the opener alone': (pieces) => pieces.filter(({ from }) => from === 0),
  'the other side alone': (pieces) => pieces.filter(({ from }) => from === 1),
  'each twice': (pieces) => pieces.flatMap((piece) => [piece, { ...piece, waitMicros: 20 }]),
}

for (const model of SPECIMENS) {
  const known = KNOWN_SPECIMENS[model.name]
  const othersOf = (names: readonly string[]) =>
    names.filter((name) => {
      const [family = '', part = ''] = name.split(' ')
      return !isKnown(known, family, part)
    })
  const what = known ? `is nothing but ${known.names.join(', ')}` : 'is not P2P'
  test(`${model.name}: ${what}`, () => {
    const chance = new Chance(SEED)
    for (let i = 0; i < CONVERSATIONS; i++) {
      const pieces = model.make(chance)
      for (const [way, change] of Object.entries(WAYS)) {
        const changed = change(pieces)
        assert.deepEqual(othersOf(namesOf(model, changed)), [], way)
        if (model.carrier === 'tcp') {
          const middle = { ...model, fromStart: false }
          assert.deepEqual(othersOf(namesOf(middle, changed)), [], `${way}, from the middle`)
        }
      }
    }
  })
}
