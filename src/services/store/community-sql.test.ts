/** Community ids in SQL are those that every other tool computes, and find their flow. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { communityId } from '../../core/community-id.ts'
import { BASELINE } from '../../core/community-id-in-test.ts'
import type { Flow } from '../../core/event.ts'
import { openStore } from './store.ts'

/** Not in the baseline: an own address on both sides, ports in either order, and no address. */
// biome-ignore format: a table
const MORE = [
  [17, '127.0.0.1', '127.0.0.1', 9, 7],
  [6, '::1', '::1', 7, 9],
  [1, '10.0.0.2', '10.0.0.1', 11, 0],
  [6, '10.0.0.300', '10.0.0.1', 11, 12],
] as const

async function stored() {
  const store = await openStore(':memory:')
  const run = await store.writer.begin({ source: 'a.pcap', kind: 'capture', startedMicros: 0 })
  const expected: [string, string | null][] = []
  for (const [protoNumber, from, to, fromPort, toPort, id] of [...BASELINE, ...MORE]) {
    const flow = expected.length + 1
    const ends = [
      { ip: from, port: fromPort },
      { ip: to, port: toPort },
    ] as const
    store.writer.consume(run, {
      ...({ type: 'flow', flow, micros: flow, capture: 'a.pcap', frame: flow } as const),
      ...{ proto: '', protoNumber, ends, startMicros: flow, endMicros: flow },
      ...({ packets: [1, 1], bytes: [60, 60], payloadBytes: [1, 1] } as const),
      ...({ fromStart: true, reason: 'closed' } as const),
    } satisfies Flow)
    expected.push([`${run}.${flow}`, id ?? communityId(protoNumber, ends) ?? null])
  }
  await store.writer.flush()
  return { store, expected }
}

test('the view says the id of every flow, and its key finds the flow', async () => {
  const { store, expected } = await stored()
  const ordered = "from community_ids order by split_part(flow, '.', 2)::integer"
  assert.deepEqual((await store.sql(ordered)).rows, expected)
  assert.equal(expected.at(-1)![1], null)
  for (const [, id] of expected) {
    if (id === null) continue
    const found = await store.sql(
      `select flow from flows where community = community_key('${id}') order by start`,
    )
    const same = expected.filter(([, other]) => other === id).map(([flow]) => [flow])
    assert.deepEqual(found.rows, same)
  }
  await store.close()
})

test('what is no community id is said', async () => {
  const { store } = await stored()
  const asked = store.sql("select flow from flows where community = community_key('1:abc')")
  await assert.rejects(asked, /no community id: 1:abc/)
  await store.close()
})
