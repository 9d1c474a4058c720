/** Slots are found by their hash after any adding and removing, also where many hashes collide. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomFrom } from '../../core/random.ts'
import { SlotIndex } from './slot-index.ts'

function slotsOf(index: SlotIndex, hash: number): number[] {
  const slots: number[] = []
  for (let at = index.first(hash); at >= 0; at = index.next(at, hash)) slots.push(index.slotAt(at))
  return slots.sort((a, b) => a - b)
}

test('colliding hashes, hashes that wrap around the table, removal in any order', () => {
  const random = randomFrom(21)
  const index = new SlotIndex()
  index.reset(64)
  const hashes = new Map<number, number>()
  for (let round = 0; round < 20_000; round++) {
    const slot = random() % 64
    const known = hashes.get(slot)
    if (known === undefined) {
      // Few homes, near the table's end, with equal and different hashes for each.
      const hash = (120 + (random() % 12) + 128 * (random() % 3)) | 0
      index.add(hash, slot)
      hashes.set(slot, hash)
    } else {
      index.remove(known, slot)
      hashes.delete(slot)
    }
    const asked = 120 + (random() % 12) + 128 * (random() % 3)
    const wanted = [...hashes].filter(([, hash]) => hash === asked).map(([each]) => each)
    assert.deepEqual(
      slotsOf(index, asked),
      wanted.sort((a, b) => a - b),
    )
  }
})
