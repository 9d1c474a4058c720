/** The small peers: what a hub relays to whom, and what clients say to it and to each other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat } from '../../core/bytes.ts'
import type { PeerSettings } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { type LinkInTest, SiteInTest, talk } from '../../core/site-in-test.ts'
import { latin1 } from '../../core/text.ts'
import { peer } from './peer.ts'
import { command, lockIn } from './peer-node.ts'
import { keyOf } from './wire/key.ts'

const ALICE = { ip: '192.0.2.1', port: 40_000 }
const BOB = { ip: '198.51.100.2', port: 40_001 }
const HUB = { ip: '192.0.2.8', port: 411 }
const FILE = { name: 'Quiet Harbour.ogg', size: 40_000, seed: 7 }
/** From fixtures/nmdc-hub.pcap, and the answer of eiskaltdcpp to it. */
const LOCK = 'EXTENDEDPROTOCOLx@q3<R5wr0ldf:6fOTFE_=pne9fnix'

function madeOf(settings: Partial<PeerSettings>): SiteInTest {
  const usual = { role: 'client', port: 412, nick: 'alice', bugs: [], isFirewalled: false }
  return new SiteInTest(peer.make({ ...usual, ...settings }))
}

function said(link: LinkInTest): string[] {
  return latin1(link.take()).split('|').slice(0, -1)
}

function keyFor(lock: string): Uint8Array {
  return concat(bytesOf('$Key '), keyOf(bytesOf(lock))!, bytesOf('|'))
}

/** Comes into a hub as clients do; `active` or not is told in MyINFO. */
function enter(hub: SiteInTest, nick: string, from: typeof ALICE): LinkInTest {
  const link = hub.called(from)
  const lock = lockIn(said(link)[0]!.slice('$Lock '.length))
  link.hear(command('$Supports NoHello NoGetINFO '), keyFor(lock), command(`$ValidateNick ${nick}`))
  assert.ok(said(link).includes(`$Hello ${nick}`))
  link.hear(command(`$MyINFO $ALL ${nick} <x V:1,M:A,H:1/0/0,S:1>$ $1\x01$$0$`))
  link.take()
  return link
}

test('A hub wants the key to its lock and a nick that nobody has', () => {
  const hub = madeOf({ role: 'hub', port: 411 })
  const bob = enter(hub, 'bob', BOB)
  const wrong = hub.called(ALICE)
  wrong.take()
  wrong.hear(keyFor('EXTENDEDPROTOCOLsome_other_lock'))
  assert.ok(wrong.isClosed)
  const twin = hub.called(ALICE)
  const lock = lockIn(said(twin)[0]!.slice('$Lock '.length))
  twin.hear(keyFor(lock), command('$ValidateNick bob'))
  assert.deepEqual(said(twin), ['$ValidateDenide bob'])
  assert.ok(twin.isClosed && !bob.isClosed)
})

test('A hub tells who is there, relays chat, searches and results, and says who left', () => {
  const hub = madeOf({ role: 'hub', port: 411 })
  const bob = enter(hub, 'bob', BOB)
  const alice = enter(hub, 'alice', ALICE)
  const [info] = said(bob)
  assert.match(info!, /^\$MyINFO \$ALL alice /)
  alice.hear(bytesOf('<alice> hello|<bob> I am not bob|'))
  assert.deepEqual(said(bob), ['<alice> hello'])
  assert.deepEqual(said(alice), ['<alice> hello'])
  alice.hear(bytesOf('$Search Hub:alice F?T?0?1?harbour|$Search 192.0.2.1:412 F?T?0?1?a|'))
  assert.deepEqual(said(bob), [
    '$Search Hub:alice F?T?0?1?harbour',
    '$Search 192.0.2.1:412 F?T?0?1?a',
  ])
  bob.hear(bytesOf('$SR bob Shared\\a.ogg\x055 1/1\x05TTH:X (192.0.2.8:411)\x05alice|'))
  assert.deepEqual(said(alice), ['$SR bob Shared\\a.ogg\x055 1/1\x05TTH:X (192.0.2.8:411)'])
  bob.fall()
  assert.deepEqual(said(alice), ['$Quit bob'])
})

test('An honest hub lets nobody name an address or nick that is not his', () => {
  const hub = madeOf({ role: 'hub', port: 411 })
  const bob = enter(hub, 'bob', BOB)
  const alice = enter(hub, 'alice', ALICE)
  bob.take()
  const lies = [
    '$Search 203.0.113.9:80 F?T?0?1?a|',
    '$Search Hub:bob F?T?0?1?a|',
    '$ConnectToMe bob 203.0.113.9:80|',
    '$RevConnectToMe carol bob|',
    '$To: bob From: carol $<carol> hi|',
    '$MyINFO $ALL bob <x V:1>$ $1\x01$$0$|',
  ]
  alice.hear(bytesOf(lies.join('')))
  assert.deepEqual(said(bob), [])
  alice.hear(bytesOf('$ConnectToMe bob 192.0.2.1:412|$RevConnectToMe alice bob|'))
  assert.deepEqual(said(bob), ['$ConnectToMe bob 192.0.2.1:412', '$RevConnectToMe alice bob'])
})

test('A hub that misdirects sends all its users to the victim', () => {
  const hub = madeOf({ role: 'hub', port: 411, bugs: ['misdirects'] })
  const bob = enter(hub, 'bob', BOB)
  const alice = enter(hub, 'alice', ALICE)
  bob.take()
  hub.peer.order({ do: 'join', at: { ip: '203.0.113.80', port: 80 } })
  assert.deepEqual(said(alice), ['$ConnectToMe alice 203.0.113.80:80'])
  assert.deepEqual(said(bob), ['$ConnectToMe bob 203.0.113.80:80'])
  alice.hear(bytesOf('$ConnectToMe bob 192.0.2.1:412|'))
  assert.deepEqual(said(bob), ['$ConnectToMe bob 203.0.113.80:80'])
})

function clientInHub(settings: Partial<PeerSettings> = {}) {
  const client = madeOf(settings)
  client.peer.order({ do: 'join', at: HUB })
  const hub = client.calls[0]!
  hub.open()
  hub.hear(command(`$Lock ${LOCK} Pk=PtokaX`))
  const key = said(hub)[1]!
  hub.hear(command(`$Hello ${settings.nick ?? 'alice'}`))
  const greeted = said(hub)
  return { client, hub, key, greeted }
}

test('A client answers a real lock with the key of a real client, and tells of itself', () => {
  const { client, key, greeted } = clientInHub()
  const real =
    '$Key \x15\xd1\xc0\x11\xb0\xa0\x10\x10\x41\x20\xd1\xb1\xb1\xc0\xc0\x30\x43\x83\x13' +
    '/%DCN036%/\xf0\xe6v/%DCN036%/P/%DCN036%/\xc5'
  assert.equal(key.slice(0, 16), real.slice(0, 16))
  assert.equal(key.length > 40, true)
  assert.deepEqual(greeted, [
    '$Version 1,0091',
    '$GetNickList',
    '$MyINFO $ALL alice <PeerscopeLab V:1.0,M:A,H:1/0/0,S:16>$ $100\x01$$0$',
  ])
  assert.deepEqual(client.saidOf('joined'), [{ type: 'joined', at: HUB }])
})

test('Who shares is found by words, by root, by size and kind, and not for what he has not', () => {
  const { client, hub } = clientInHub()
  client.peer.order({ do: 'publish', file: FILE })
  const root = client.saidOf('published')[0]!.content.slice('urn:tree:tiger:'.length)
  const hit = `$SR alice Shared\\Quiet Harbour.ogg\x0540000 16/16\x05TTH:${root} (192.0.2.8:411)`
  const asked: readonly [string, boolean][] = [
    ['F?T?0?1?quiet$harb', true],
    [`F?T?0?9?TTH:${root}`, true],
    ['T?F?40000?1?quiet', true],
    ['T?F?40001?1?quiet', false],
    ['T?T?39999?1?quiet', false],
    ['F?T?0?2?quiet', true],
    ['F?T?0?7?quiet', false],
    ['F?T?0?1?loud', false],
  ]
  for (const [search, isFound] of asked) {
    hub.hear(bytesOf(`$Search Hub:bob ${search}|`))
    assert.deepEqual(said(hub), isFound ? [`${hit}\x05bob`] : [], search)
    hub.hear(bytesOf(`$Search 198.51.100.2:412 ${search}|`))
    const sent = client.datagrams.splice(0)
    assert.deepEqual(
      sent.map(({ to, bytes }) => [to, latin1(bytes)]),
      isFound ? [[{ ip: BOB.ip, port: 412 }, `${hit}|`]] : [],
      search,
    )
  }
})

/** Bob shares; alice found it, and has been told where to call him or calls him. */
function meeting(wrongRoot = false) {
  const bob = clientInHub({ nick: 'bob' })
  bob.client.peer.order({ do: 'publish', file: FILE })
  const alice = clientInHub()
  const root = bob.client.saidOf('published')[0]!.content.slice('urn:tree:tiger:'.length)
  const told = wrongRoot ? `A${root.slice(1)}` : root
  alice.client.peer.order({ do: 'search', text: 'harbour' })
  const result = `$SR bob Shared\\${FILE.name}\x0540000 1/1\x05TTH:${told} (192.0.2.8:411)|`
  alice.client.peer.datagram(412, { ip: BOB.ip, port: 412 }, bytesOf(result))
  return { alice, bob }
}

test('Two clients agree who downloads, and the file is checked by its tree', () => {
  const { alice, bob } = meeting()
  assert.deepEqual(said(alice.hub), ['$Search 192.0.2.1:412 F?T?0?1?harbour'])
  alice.client.peer.order({ do: 'fetch', name: FILE.name })
  assert.deepEqual(said(alice.hub), ['$ConnectToMe bob 192.0.2.1:412'])
  bob.hub.hear(command('$ConnectToMe bob 192.0.2.1:412'))
  const caller = bob.client.calls[1]!
  assert.deepEqual(caller.remote, { ip: '192.0.2.1', port: 412 })
  const called = alice.client.called(BOB)
  caller.open()
  talk(caller, called)
  const [fetched] = alice.client.saidOf('fetched')
  assert.deepEqual([fetched?.bytes, fetched?.verified], [40_000, true])
  assert.deepEqual(bob.client.saidOf('served').length, 1)
  alice.client.pass(10_000_000)
  assert.deepEqual(alice.client.saidOf('searched'), [
    { type: 'searched', text: 'harbour', hits: 1 },
  ])
})

test('A client without what it is asked for says so, and the other fails', () => {
  const { alice, bob } = meeting(true)
  alice.client.peer.order({ do: 'fetch', name: FILE.name })
  bob.hub.hear(command('$ConnectToMe bob 192.0.2.1:412'))
  const caller = bob.client.calls[1]!
  const called = alice.client.called(BOB)
  caller.open()
  talk(caller, called)
  assert.deepEqual(alice.client.saidOf('failed'), [
    { type: 'failed', order: 'fetch', why: 'File Not Available' },
  ])
})

test('A passive client asks to be told where to call; two passive ones cannot meet', () => {
  const alice = clientInHub({ isFirewalled: true })
  alice.client.peer.order({ do: 'browse', of: 'bob' })
  assert.deepEqual(said(alice.hub), ['$RevConnectToMe alice bob'])
  const bob = clientInHub({ nick: 'bob' })
  bob.client.peer.order({ do: 'publish', file: FILE })
  bob.hub.take()
  bob.hub.hear(command('$RevConnectToMe alice bob'))
  assert.deepEqual(said(bob.hub), ['$ConnectToMe alice 192.0.2.1:412'])
  alice.hub.hear(command('$ConnectToMe alice 198.51.100.2:412'))
  const caller = alice.client.calls[1]!
  const called = bob.client.called(ALICE)
  caller.open()
  talk(caller, called)
  const names = alice.client.saidOf('found').map(({ name, size }) => [name, size])
  assert.deepEqual(names, [[FILE.name, 40_000]])
  assert.equal(alice.client.saidOf('searched')[0]?.hits, 1)

  alice.hub.hear(bytesOf('$MyINFO $ALL carol <x V:1,M:P,H:1/0/0,S:1>$ $1\x01$$0$|'))
  alice.client.peer.order({ do: 'browse', of: 'carol' })
  assert.deepEqual(alice.client.saidOf('failed'), [
    { type: 'failed', order: 'browse', why: 'neither can be called' },
  ])
})

test('One who was asked and does not come is waited for half a minute', () => {
  const { alice } = meeting()
  alice.client.peer.order({ do: 'fetch', name: FILE.name })
  alice.client.pass(29_000_000)
  assert.deepEqual(alice.client.saidOf('failed'), [])
  alice.client.pass(2_000_000)
  assert.deepEqual(alice.client.saidOf('failed'), [
    { type: 'failed', order: 'fetch', why: 'does not answer' },
  ])
})

test('Bytes that are not those of the root are told as not verified', () => {
  const { alice } = meeting()
  alice.client.peer.order({ do: 'fetch', name: FILE.name })
  const link = alice.client.called(BOB)
  link.hear(bytesOf(`$MyNick bob|$Lock ${LOCK} Pk=x|`))
  const lock = lockIn(said(link)[1]!.slice('$Lock '.length))
  link.hear(bytesOf('$Supports ADCGet TTHF |$Direction Upload 1|'), keyFor(lock))
  const [wanted] = said(link).slice(-1)
  assert.match(wanted!, /^\$ADCGET file TTH\/[A-Z2-7]{39} 0 -1$/)
  link.hear(bytesOf(`${wanted!.replace('GET', 'SND').replace('-1', '40000')}|`))
  const other = { ...FILE, seed: 8 }
  link.hear(fileBytes(other, 0, 1), fileBytes(other, 1, 40_000))
  assert.equal(alice.client.saidOf('fetched')[0]?.verified, false)
})
