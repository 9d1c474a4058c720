/** Nodes of OpenDHT: ids, nodes as claims, what is asked and stored. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { endpointText } from '../../core/address.ts'
import { fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { opendht } from './index.ts'
import { logs } from './logs.ts'

const FIXTURE = repositoryFile('src/protocols/opendht/fixtures/nodes.pcap')
const flows = flowsOf(readFileSync(FIXTURE))

test('a flow: both nodes, the third that one tells of, what was put and got', () => {
  const flow = flows[0]!
  const talk = transcriptOf(flow)
  const kept = checkSession(opendht, factsOfFlow(flow, 'node'), talk)
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('client').map(({ id, who }) => `${who.ip} ${id!.slice(0, 8)}`),
    ['10.80.60.13 3cdeac24', '10.80.60.11 74e632f2'],
  )
  const claims = new Set(kept.of('claim').map(({ about }) => endpointText(about)))
  assert.deepEqual([...claims].sort(), ['10.80.60.11:4222', '10.80.60.13:4222'])
  const content = 'urn:x-peerscope:opendht:0123456789abcdef0123456789abcdef01234562'
  assert.ok(kept.of('share').some((share) => share.content === content && share.via === 'put'))
  assert.ok(kept.of('request').some(({ what }) => what === 'get'))
  const known = new Set(Object.keys(logs.opendht.properties))
  for (const { fields } of kept.of('message')) {
    for (const key of Object.keys(fields)) assert.ok(known.has(key), key)
  }
})

test('every flow of the fixture is read without a fault', () => {
  for (const flow of flows) {
    const talk = transcriptOf(flow)
    assert.deepEqual(checkSession(opendht, factsOfFlow(flow, 'node'), talk).of('fault'), [])
  }
})

test('nodes that are no multiple, errors, nodes of IPv6', () => {
  const id = '3cdeac243fbaffde019856cba0e2f6823e2c8674'
  const head = `84 a172 82 a26964 c414 ${id}`
  const tail = 'a174 01 a179 a172 a176 a4524e4731'
  const six = `${id} 20010db8000000000000000000000001 107e`
  const kept = checkSession(opendht, factsOf('udp', 'node'), [
    [1, fromHex(`${head} a26e34 c403 010203 ${tail}`)],
    [1, fromHex(`${head} a26e36 c426 ${six} ${tail}`)],
    [1, fromHex('84 a165 92 cd0191 a3626164 a174 01 a179 a165 a176 a4524e4731')],
  ])
  assert.equal(kept.of('fault')[0]!.fault, 'nodes-not-whole')
  assert.equal(endpointText(kept.of('claim')[0]!.about), '[2001:db8::1]:4222')
  assert.deepEqual(kept.of('message')[2]!.fields, {
    type: 'error',
    transaction: 1,
    program: 'RNG1',
    code: 401,
    text: 'bad',
  })
})
