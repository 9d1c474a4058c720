/** Bots of Mozi are told by what they say to each other, never by their ids alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { bittorrent } from './index.ts'
import { flagChecksum, moziConfig } from './mozi.ts'

/** The first 85 bytes of the published configuration, as they stood in the reply. */
const PUBLISHED = fromHex(
  '151529d2f3a3f70cfedf1a5dbd3f324676' +
    '5e62b7b8f09478a2c4375b8e2c000b201207e7f4bcdc19a2832e67fb7a5e50220775e8eff9934ae9917536e476574b7c517cfff5f5c457f9dc6235b46a5d186b543cede1',
)

const ID = concat(bytesOf('88888888'), fromHex('b796a09e66e17198e54d3e69'))

function query(id: Uint8Array, version: Uint8Array): Uint8Array {
  return concat(
    bytesOf('d1:ad2:id20:'),
    id,
    bytesOf('6:target20:abcdefghij0123456789e1:q9:find_node1:t2:aa1:v4:'),
    version,
    bytesOf('1:y1:qe'),
  )
}

function reply(nodes: Uint8Array): Uint8Array {
  return concat(
    bytesOf('d1:rd2:id20:'),
    ID,
    bytesOf(`5:nodes${nodes.length}:`),
    nodes,
    bytesOf('e1:t2:aa1:y1:re'),
  )
}

function threats(...datagrams: (readonly [0 | 1, Uint8Array])[]): string[] {
  const kept = checkSession(bittorrent, factsOf('udp', 'dht'), datagrams)
  return kept.of('threat').map(({ threat, severity }) => `${threat} ${severity}`)
}

test('the checksum of the published example is the published one', () => {
  assert.equal(flagChecksum(0x44, 0x42), 0x1f71)
})

test('the published reply shows its configuration, and no nodes', () => {
  assert.equal(moziConfig(PUBLISHED), '[ss]sk[/ss][hp]88888888[/hp][cou')
  const whole = concat(PUBLISHED, new Uint8Array(624 - PUBLISHED.length).fill(0x5a))
  const facts = factsOf('udp', 'dht')
  const kept = checkSession(bittorrent, facts, [[1, reply(whole)]])
  assert.deepEqual(
    kept.of('threat').map(({ threat, severity, by }) => [threat, severity, by]),
    [['botnet-mozi', 'high', facts.ends[1]]],
  )
  assert.equal(kept.of('claim').length, 0)
})

test('id and flag together are a suspicion, told once', () => {
  const marked = query(ID, fromHex('44421f71'))
  assert.deepEqual(threats([0, marked], [0, marked]), ['botnet-mozi medium'])
  assert.deepEqual(threats([0, query(ID, fromHex('4442711f'))]), ['botnet-mozi medium'])
})

test('neither alone is anything', () => {
  assert.deepEqual(threats([0, query(ID, bytesOf('LT\x01\x2f'))]), [], 'the prefix')
  const other = concat(bytesOf('7'), ID.subarray(1))
  assert.deepEqual(threats([0, query(other, fromHex('44421f71'))]), [], 'the flag')
  const chance = PUBLISHED.slice(0, 26)
  assert.deepEqual(threats([1, reply(chance)]), [], 'a node that begins so')
  assert.equal(moziConfig(concat(PUBLISHED.subarray(0, 4), new Uint8Array(60))), undefined)
})
