/** What peers say in clear becomes claims: their hellos, and the addresses that they test. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, feed } from '../../core/session-check.ts'
import { gnunet } from './index.ts'
import { logs } from './logs.ts'

function fixture(name: string): string {
  return repositoryFile(`src/protocols/gnunet/fixtures/${name}`)
}

/** A key as GNUnet writes it: the base32 of Crockford, which leaves out I, L, O and U. */
function keyOf(text: string): string {
  const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  const number = [...text].reduce((sum, digit) => sum * 32n + BigInt(digits.indexOf(digit)), 0n)
  // 52 digits hold 260 bits, the last four of which are filling.
  return (number / 16n).toString(16).padStart(64, '0')
}

/** What make-peers.sh gave the peers, and what they call themselves. */
const IPS = [11, 12, 13].map((last) => `10.90.55.${last}`)
const KEYS = readFileSync(fixture('peers.told.txt'), 'utf8').trim().split('\n').map(keyOf)

const read = flowsOf(readFileSync(fixture('peers.pcap'))).map((flow) => {
  return checkSession(gnunet, factsOfFlow(flow, 'peer'), transcriptOf(flow))
})

test('links: both peers by their keys, hellos, tested addresses', () => {
  assert.equal(read.length, 3)
  const known = new Set(Object.keys(logs.gnunet.properties))
  for (const kept of read) {
    assert.deepEqual(kept.of('fault'), [])
    const clients = kept.of('client')
    assert.equal(clients.length, 2)
    for (const { who, id } of clients) assert.equal(id, KEYS[IPS.indexOf(who.ip)])
    assert.ok(kept.of('claim').length > 0)
    for (const { about, id } of kept.of('claim')) {
      assert.equal(about.port, 2086)
      if (id !== undefined) assert.equal(id, KEYS[IPS.indexOf(about.ip)])
    }
    const welcomes = kept.of('message').filter(({ name }) => name === 'welcome')
    assert.deepEqual(welcomes.map(({ side }) => side).sort(), [0, 1])
    for (const { fields } of kept.of('message')) {
      for (const key of Object.keys(fields)) assert.ok(known.has(key), key)
    }
  }
  const via = new Set(read.flatMap((kept) => kept.of('claim').map((claim) => claim.via)))
  assert.deepEqual([...via].sort(), ['hello', 'ping', 'pong'])
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
