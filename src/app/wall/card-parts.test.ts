/** What a wall takes of the cards: names that are refused, ports, decoys. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '../../protocols/index.ts'
import { wallSchema } from '../../services/wall/schema.ts'
import { namesOf } from './card-parts.ts'

test('seeds are refused where the policy says so, but for those of neighbours', () => {
  assert.equal(namesOf(wallSchema.parse({})).size, 0)
  const names = namesOf(wallSchema.parse({ names: { seeds: true, refuse: ['tracker.example'] } }))
  assert.equal(names.find('udp.tracker.example'), 'tracker.example')
  const seedsOf = (isNeighbour: boolean) =>
    protocols
      .filter(({ neighbour }) => (neighbour !== undefined) === isNeighbour)
      .flatMap(({ seeds = [] }) => seeds.map(({ name }) => name))
  const [refused, spared] = [seedsOf(false), seedsOf(true)]
  assert.ok(refused.length > 10 && spared.length > 0)
  for (const name of refused) assert.ok(names.find(name) !== undefined, name)
  for (const name of spared) assert.equal(names.find(name), undefined, name)
})
