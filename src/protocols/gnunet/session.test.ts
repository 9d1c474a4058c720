/** What peers say in clear becomes claims: their hellos, and the addresses that they test. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { endpointText } from '../../core/address.ts'
import { concat, fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, feed } from '../../core/session-check.ts'
import { gnunet } from './index.ts'
import { logs } from './logs.ts'

const FIXTURE = repositoryFile('src/protocols/gnunet/fixtures/peers.pcap')
const [first] = flowsOf(readFileSync(FIXTURE))

test('a link: both peers, a hello, tested addresses', () => {
  const talk = transcriptOf(first!)
  const kept = checkSession(gnunet, factsOfFlow(first!, 'peer'), talk)
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('claim').map(({ about, via }) => `${endpointText(about)} ${via}`),
    ['10.80.55.10:2086 hello', '10.80.55.11:2086 ping', '10.80.55.11:2086 pong'],
  )
  assert.deepEqual(
    kept.of('client').map(({ id }) => id!.slice(0, 16)),
    ['833df1cadbb4352f', '97571068a3d16c77'],
  )
  assert.deepEqual(
    kept
      .of('message')
      .slice(0, 4)
      .map(({ name }) => name),
    ['welcome', 'hello', 'ping', 'welcome'],
  )
  const known = new Set(Object.keys(logs.gnunet.properties))
  for (const { fields } of kept.of('message')) {
    for (const key of Object.keys(fields)) assert.ok(known.has(key), key)
  }
})

test('the whole capture is read without a fault', (t) => {
  const path = sharedCapture('real/gnunet.pcap')
  if (path === undefined) return t.skip('the captures are not beside the project')
  for (const flow of flowsOf(readFileSync(path))) {
    const talk = transcriptOf(flow)
    const { kept } = feed(gnunet, factsOfFlow(flow, 'peer'), talk)
    assert.deepEqual(kept.of('fault'), [])
    assert.ok(kept.of('message').some(({ name }) => name === 'encrypted'))
  }
})

test('datagrams tell their sender; a hello that is broken is a fault', () => {
  const key = '833df1cadbb4352f05aed49e439586323694a651d2bbce7b972fad306cb37e9f'
  const datagram = concat(fromHex(`0030 0038 00000000 ${key}`), fromHex('0008 0011 00000000'))
  const kept = checkSession(gnunet, factsOf('udp', 'peer-udp'), [[0, datagram]])
  assert.equal(kept.of('client')[0]!.id, key)
  assert.equal(kept.of('fault')[0]!.fault, 'hello-too-short')
})
