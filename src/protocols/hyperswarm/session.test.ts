/** Nodes of HyperDHT: addresses as claims, what is looked up and announced, bytes of streams. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { endpointText } from '../../core/address.ts'
import { fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, type Kept } from '../../core/session-check.ts'
import { hyperswarm } from './index.ts'
import { logs } from './logs.ts'

const FIXTURE = repositoryFile('src/protocols/hyperswarm/fixtures/swarm.pcap')
const flows = flowsOf(readFileSync(FIXTURE))

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
  // The clients' settings: real/hyperswarm.truth.tsv.
  const ports = new Set(
    claims.filter(({ via }) => via === 'nodes').map(({ about }) => endpointText(about)),
  )
  assert.ok(ports.has('198.18.90.2:41000') && ports.has('198.18.90.1:49737'))
})

test('a topic is looked up and announced; streams are counted', () => {
  const topic = 'd6bda39c1c5663fcf49cab8e311aeb21ad430a4d621c1790520473da810286b0'
  const content = `urn:x-peerscope:hyperswarm:${topic}`
  assert.ok(read.some((kept) => kept.of('request').some((request) => request.content === content)))
  assert.ok(read.some((kept) => kept.of('share').length > 0))
  const stream = fromHex('ff010100 1b3f0f7b 00004000 00000000 00000000 01020304')
  const kept = checkSession(hyperswarm, factsOf('udp', 'stream'), [[1, stream]])
  assert.equal(kept.of('transfer')[0]!.bytes, 4)
  assert.equal(kept.of('transfer')[0]!.from.ip, '198.51.100.2')
})
