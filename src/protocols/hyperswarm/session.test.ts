/** Nodes of HyperDHT: addresses as claims, what is looked up and announced, bytes of streams. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { blake2b } from '@noble/hashes/blake2.js'
import { endpointText } from '../../core/address.ts'
import { fromHex, hex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, type Kept } from '../../core/session-check.ts'
import { hyperswarm } from './index.ts'
import { logs } from './logs.ts'

function fixture(name: string): string {
  return repositoryFile(`src/protocols/hyperswarm/fixtures/${name}`)
}

const flows = flowsOf(readFileSync(fixture('swarm.pcap')))

const read: Kept[] = flows.map((flow) => {
  const talk = transcriptOf(flow)
  return checkSession(hyperswarm, factsOfFlow(flow, 'node'), talk)
})

test('every flow of the fixture is read without a fault', () => {
  for (const kept of read) assert.deepEqual(kept.of('fault'), [])
  const known = new Set(Object.keys(logs.hyperswarm.properties))
  for (const { fields } of read.flatMap((kept) => kept.of('message'))) {
    for (const key of Object.keys(fields)) assert.ok(known.has(key), key)
  }
})

test('nodes, own addresses and ports behind a NAT are claims', () => {
  const claims = read.flatMap((kept) => kept.of('claim'))
  for (const via of ['seen', 'nodes', 'ping-nat']) {
    assert.ok(
      claims.some((claim) => claim.via === via),
      via,
    )
  }
  // make-swarm.sh: a bootstrap node and two others.
  const nodes = claims.filter(({ via }) => via === 'nodes').map(({ about }) => endpointText(about))
  assert.deepEqual([...new Set(nodes)].sort(), [
    '198.18.90.1:49737',
    '198.18.90.2:41000',
    '198.18.90.3:41000',
  ])
})

test('a topic and keys are looked up and announced; streams are counted', () => {
  // make-node.mjs: a topic of sevens. Who is looked for is known by the hash of the key that it says.
  const keys = readFileSync(fixture('swarm.told.txt'), 'utf8').trim().split('\n')
  const hashes = keys.map((key) => hex(blake2b(fromHex(key), { dkLen: 32 })))
  const contents = ['07'.repeat(32), ...hashes].map((each) => `urn:x-peerscope:hyperswarm:${each}`)
  const shared = new Map<string, Set<string>>()
  for (const { content, by } of read.flatMap((kept) => kept.of('share'))) {
    shared.set(content, (shared.get(content) ?? new Set()).add(by.ip))
  }
  assert.deepEqual([...shared.keys()].sort(), [...contents].sort())
  const [five, six] = ['198.18.90.5', '198.18.90.6']
  assert.deepEqual(
    contents.map((content) => [...shared.get(content)!].sort()),
    [[five, six], [five], [six]],
  )
  const asked = read.flatMap((kept) => kept.of('request'))
  assert.ok(asked.some(({ what, content }) => what === 'lookup' && content === contents[0]))
  const moved = read.flatMap((kept) => kept.of('transfer')).filter(({ via }) => via === 'udx')
  assert.deepEqual(new Set(moved.map(({ from }) => from.ip)), new Set([five, six]))
  const stream = fromHex('ff010100 1b3f0f7b 00004000 00000000 00000000 01020304')
  const kept = checkSession(hyperswarm, factsOf('udp', 'stream'), [[1, stream]])
  assert.equal(kept.of('transfer')[0]!.bytes, 4)
  assert.equal(kept.of('transfer')[0]!.from.ip, '198.51.100.2')
})
