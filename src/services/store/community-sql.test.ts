/** Community ids in SQL are those that every other tool computes, and find their flow. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { communityId } from '../../core/community-id.ts'
import type { Flow } from '../../core/event.ts'
import { openStore } from './store.ts'

/** Of the baseline of community-id-spec, seed 0: protocol, source, destination, ports, id. */
// biome-ignore format: a table
const BASELINE = [
  [58, 'fe80::200:86ff:fe05:80da', 'fe80::260:97ff:fe07:69ea', 135, 136, '1:dGHyGvjMfljg6Bppwm3bg0LO8TY='],
  [58, 'fe80::260:97ff:fe07:69ea', 'fe80::200:86ff:fe05:80da', 135, 136, '1:zavyT/cezQr1fmImYCwYnMXbgck='],
  [58, '3ffe:501:410:0:2c0:dfff:fe47:33e', '3ffe:507:0:1:200:86ff:fe05:80da', 1, 4, '1:hLZd0XGWojozrvxqE0dWB1iM6R0='],
  [58, '3ffe:501:0:1001::2', '3ffe:507:0:1:200:86ff:fe05:80da', 129, 128, '1:+TW+HtLHvV1xnGhV1lv7XoJrqQg='],
  [58, 'fe80::260:97ff:fe07:69ea', 'ff02::1', 134, 133, '1:pkvHqCL88/tg1k4cPigmZXUtL00='],
  [1, '192.168.0.89', '192.168.0.1', 8, 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  [1, '192.168.0.1', '192.168.0.89', 0, 8, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  [1, '10.0.0.1', '10.0.0.2', 11, 0, '1:YHxtAirCG//0OzkcVAukqKQN9xM='],
  [6, '2001:470:e5bf:dead:4957:2174:e82c:4887', '2607:f8b0:400c:c03::1a', 63943, 25, '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4='],
  [6, '2607:f8b0:400c:c03::1a', '2001:470:e5bf:dead:4957:2174:e82c:4887', 25, 63943, '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4='],
  [132, '192.168.170.56', '192.168.170.8', 7, 7, '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
  [6, '128.232.110.120', '66.35.250.204', 34855, 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [6, '66.35.250.204', '128.232.110.120', 80, 34855, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [17, '192.168.1.52', '8.8.8.8', 54585, 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  [46, '10.1.12.2', '10.1.12.1', 0, 0, '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw='],
] as const
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
