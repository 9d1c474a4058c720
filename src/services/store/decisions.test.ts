/** What a wall did is kept: asked for by time, host and rule, and gone with the flows it was done to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision } from '../../core/event.ts'
import { at, ended, SECOND, T } from './events-in-test.ts'
import { openStore, type Store } from './store.ts'

const TAUGHT = {
  endpoint: { ip: '198.51.100.7', port: 6881 },
  by: { ip: '198.51.100.1', port: 80 },
  via: 'tracker',
  micros: T,
  capture: 'queue 0',
  frame: 3,
}

/** Flow 1 is watched, then blocked; 2 is refused; 3, of another host, is blocked by the same rule. */
const DECISIONS: readonly Decision[] = [
  decision(1, 10, '10.0.0.1', { action: 'watch', rule: 'no rule fits' }),
  decision(1, 20, '10.0.0.1', { action: 'block', how: 'reset', rule: 'torrents' }),
  decision(2, 30, '10.0.0.1', {
    action: 'refuse',
    how: 'drop',
    rule: 'torrents',
    taughtBy: TAUGHT,
  }),
  decision(3, 40, '10.0.0.2', { action: 'block', how: 'reset', rule: 'torrents' }),
]

function decision(
  flow: number,
  second: number,
  host: string,
  does: Pick<Decision, 'action' | 'how' | 'rule' | 'taughtBy'>,
): Decision {
  return {
    type: 'decision',
    micros: T + second * SECOND,
    flow,
    capture: 'queue 0',
    frame: 100 + second,
    ends: [at(host, 1000 + flow), at('198.51.100.7', 6881)],
    carrier: 'tcp',
    host,
    ...(does.action !== 'refuse' && { family: 'f', part: 'peer', sureness: 'certain' }),
    why: [`because of ${flow}`],
    ...does,
  }
}

async function stored(): Promise<Store> {
  const store = await openStore(':memory:')
  const run = await store.writer.begin({ source: 'queue 0', kind: 'live', startedMicros: T })
  for (const flow of [1, 2, 3]) store.writer.consume(run, { ...ended(1), flow })
  for (const one of DECISIONS) store.writer.consume(run, one)
  await store.writer.flush()
  return store
}

test('decisions come back as they were made, the youngest first', async () => {
  const store = await stored()
  const { rows, total } = await store.reader.decisions({ limit: 2, offset: 1 })
  assert.equal(total, 4)
  const meant = [DECISIONS[2]!, DECISIONS[1]!]
  assert.deepEqual(
    rows,
    meant.map(({ type: _, flow, ...one }) => ({ ...one, run: 1, flow: `1.${flow}` })),
  )
  assert.equal(store.writer.written.decisions, 4)
  await store.close()
})

test('they are chosen by span and by what their flows are', async () => {
  const store = await stored()
  const flowsOf = async (which: Parameters<Store['reader']['decisions']>[0]) =>
    (await store.reader.decisions(which)).rows.map(({ flow }) => flow)
  const span = { from: T + 15 * SECOND, to: T + 40 * SECOND }
  assert.deepEqual(await flowsOf({ limit: 9, span }), ['1.2', '1.1'])
  assert.deepEqual(await flowsOf({ limit: 9, where: 'id==1.3' }), ['1.3'])
  assert.deepEqual(await flowsOf({ limit: 9, run: 2 }), [])
  await store.close()
})

test('rules are counted with what they did, to how many flows of how many hosts', async () => {
  const store = await stored()
  assert.deepEqual(await store.reader.decided({}), [
    {
      ...{ rule: 'torrents', action: 'block', how: 'reset' },
      ...{ decisions: 2, flows: 2, hosts: 2, lastMicros: T + 40 * SECOND },
    },
    {
      ...{ rule: 'no rule fits', action: 'watch' },
      ...{ decisions: 1, flows: 1, hosts: 1, lastMicros: T + 10 * SECOND },
    },
    {
      ...{ rule: 'torrents', action: 'refuse', how: 'drop' },
      ...{ decisions: 1, flows: 1, hosts: 1, lastMicros: T + 30 * SECOND },
    },
  ])
  await store.close()
})

test('SQL reads them, and retention lets them go', async () => {
  const store = await stored()
  const { rows } = await store.sql(
    "select host, action, how, rule, taught_by->>'via' from decisions where action = 'refuse'",
  )
  assert.deepEqual(rows, [['10.0.0.1', 'refuse', 'drop', 'torrents', 'tracker']])
  await store.clean({ before: T + 40 * SECOND })
  assert.equal((await store.reader.decisions({ limit: 9 })).total, 1)
  await store.close()
})
