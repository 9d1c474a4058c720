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

function fixture(name: string): string {
  return repositoryFile(`src/protocols/opendht/fixtures/${name}`)
}

const flows = flowsOf(readFileSync(fixture('nodes.pcap')))
const read = flows.map((flow) => {
  return checkSession(opendht, factsOfFlow(flow, 'node'), transcriptOf(flow))
})
/** What make-nodes.sh gave the five nodes; their ids as they print them. */
const IPS = [11, 12, 13, 14, 15].map((last) => `10.90.60.${last}`)
const IDS = readFileSync(fixture('nodes.told.txt'), 'utf8').trim().split('\n')
const CONTENT = 'urn:x-peerscope:opendht:0123456789abcdef0123456789abcdef01234567'

test('every flow of the fixture is read without a fault, in fields of the schema', () => {
  assert.ok(flows.length >= 5, `${flows.length}`)
  const known = new Set(Object.keys(logs.opendht.properties))
  for (const kept of read) {
    assert.deepEqual(kept.of('fault'), [])
    for (const { fields } of kept.of('message')) {
      for (const key of Object.keys(fields)) assert.ok(known.has(key), key)
    }
  }
})

test('every node by its id, told by itself and by others', () => {
  const self = new Map(read.flatMap((kept) => kept.of('client').map(({ who, id }) => [who.ip, id])))
  const named = IPS.map((ip) => self.get(ip))
  assert.deepEqual(named, IDS)
  const claims = read.flatMap((kept) => kept.of('claim'))
  assert.ok(claims.length > 10, `${claims.length}`)
  for (const { about, id } of claims) {
    assert.equal(about.port, 4222)
    assert.equal(id, IDS[IPS.indexOf(about.ip)])
  }
})

test('who listened, put and got', () => {
  const asked = read.flatMap((kept) => kept.of('request')).filter((r) => r.content === CONTENT)
  const asker = (what: string): string[] => [
    ...new Set(asked.filter((request) => request.what === what).map(({ by }) => by.ip)),
  ]
  assert.deepEqual(asker('listen'), [IPS[1]])
  assert.ok(asker('get').includes(IPS[3]!))
  const shares = read.flatMap((kept) => kept.of('share')).filter((s) => s.content === CONTENT)
  assert.ok(shares.some(({ via, by }) => via === 'put' && by.ip === IPS[2]))
  assert.ok(shares.some(({ via }) => via === 'update'))
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
