/** Flow names are reproducible, distinct, and exact in tools that know only doubles. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flowId, zeekUid } from './flow-id.ts'

const ENDS = [
  { ip: '192.0.2.1', port: 40_000 },
  { ip: '198.51.100.2', port: 6881 },
] as const

test('a flow id is a positive integer below 2^53 that tells flows and ends apart', () => {
  const ids = new Set<number>()
  for (let flow = 1; flow <= 5000; flow++) ids.add(flowId(flow, ENDS))
  ids.add(flowId(1, [ENDS[1], ENDS[0]]))
  ids.add(flowId(1, [ENDS[0], { ip: '198.51.100.2', port: 6882 }]))
  assert.equal(ids.size, 5002)
  for (const id of ids) assert.ok(Number.isSafeInteger(id) && id > 0, `${id}`)
  assert.equal(flowId(7, ENDS), flowId(7, ENDS))
  assert.equal(flowId(7, ENDS) % 2 ** 32, 7)
})

test('a uid looks like one of Zeek', () => {
  const uids = new Set<string>()
  for (let flow = 1; flow <= 5000; flow++) uids.add(zeekUid(flow, ENDS))
  assert.equal(uids.size, 5000)
  for (const uid of uids) assert.match(uid, /^C[0-9A-Za-z]{15}$/)
})
