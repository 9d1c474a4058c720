/** The small ADC peers: whom a hub lets in and what it relays, what clients say to it and to each other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base32, bytesOf, fromBase32 } from '../../core/bytes.ts'
import type { PeerSettings } from '../../core/peer.ts'
import { type LinkInTest, SiteInTest, talk } from '../../core/site-in-test.ts'
import { text } from '../../core/text.ts'
import { tiger } from '../../core/tiger.ts'
import { peer } from './peer.ts'
import { newIds } from './peer-adc-node.ts'

const ALICE = { ip: '192.0.2.1', port: 40_000 }
const BOB = { ip: '198.51.100.2', port: 40_001 }
const HUB = { ip: '192.0.2.8', port: 1511 }
const FILE = { name: 'Quiet Harbour.ogg', size: 40_000, seed: 7 }

let made = 0

function madeOf(settings: Partial<PeerSettings>, ip = ALICE.ip): SiteInTest {
  const usual = { role: 'adc-client', port: 412, nick: 'alice', bugs: [], isFirewalled: false }
  return new SiteInTest(peer.make({ ...usual, ...settings }), ip, ++made)
}

function linesOf(link: LinkInTest): string[] {
  return text(link.take()).split('\n').slice(0, -1)
}

function say(link: LinkInTest, ...lines: readonly string[]): void {
  for (const line of lines) link.hear(bytesOf(`${line}\n`))
}

/** Somebody comes into a hub. @returns the link and his session */
function enter(hub: SiteInTest, nick: string, from = ALICE, more = ''): [LinkInTest, string] {
  const link = hub.called(from, HUB.port)
  say(link, 'HSUP ADBASE ADTIGR')
  const sid = /^ISID (\S{4})$/m.exec(linesOf(link).join('\n'))![1]!
  const { pid, cid } = newIds(hub)
  say(link, `BINF ${sid} ID${cid} PD${pid} NI${nick}${more}`)
  return [link, sid]
}

test('A hub gives sessions, and tells of all but what is secret', () => {
  const hub = madeOf({ role: 'adc-hub', port: HUB.port, nick: 'a hub' })
  const link = hub.called(ALICE, HUB.port)
  say(link, 'HSUP ADBASE ADTIGR')
  const [support, session, info] = linesOf(link)
  assert.equal(support, 'ISUP ADBASE ADTIGR')
  assert.match(session!, /^ISID [A-Z2-7]{4}$/)
  assert.match(info!, /^IINF CT32 NIa\\shub /)
  const [alice, sid] = enter(hub, 'alice', ALICE, ' I40.0.0.0 U4412 SUTCP4,UDP4')
  const [own] = linesOf(alice)
  assert.match(own!, new RegExp(`^BINF ${sid} ID[A-Z2-7]{39} NIalice I4192\\.0\\.2\\.1 U4412 SU`))
  // Who comes later is told of her first, of himself last; she is told of him.
  const [bob, other] = enter(hub, 'bob', BOB, ' I4203.0.113.9')
  assert.deepEqual(
    linesOf(bob).map((line) => line.slice(0, 9)),
    [`BINF ${sid}`, `BINF ${other}`],
  )
  assert.match(linesOf(alice)[0]!, / I4198\.51\.100\.2$/)
  bob.fall()
  assert.deepEqual(linesOf(alice), [`IQUI ${other}`])
})

test('Who cannot show what his id is the hash of, or takes a nick, is not let in', () => {
  const hub = madeOf({ role: 'adc-hub', port: HUB.port })
  enter(hub, 'alice')
  const [twin] = enter(hub, 'alice', BOB)
  assert.match(linesOf(twin)[0]!, /^ISTA 222 /)
  assert.equal(twin.isClosed, true)
  const liar = hub.called(BOB, HUB.port)
  say(liar, 'HSUP ADBASE ADTIGR')
  const sid = /ISID (\S+)/.exec(linesOf(liar).join('\n'))![1]!
  const [one, two] = [newIds(hub), newIds(hub)]
  say(liar, `BINF ${sid} ID${one.cid} PD${two.pid} NIliar`)
  assert.match(linesOf(liar)[0]!, /^ISTA 227 /)
  // The id is Tiger of the private one: ADC 1.0.3 section 5.3.4.
  assert.equal(base32(tiger(fromBase32(one.pid)!)), one.cid)
})

test('Lines go to all, to one, to one and back, or to those with a feature', () => {
  const hub = madeOf({ role: 'adc-hub', port: HUB.port })
  const [alice, a] = enter(hub, 'alice', ALICE, ' SUTCP4,UDP4')
  const [bob, b] = enter(hub, 'bob', BOB)
  const heard = (line: string): [number, number] => {
    linesOf(alice)
    linesOf(bob)
    say(alice, line)
    return [linesOf(alice).length, linesOf(bob).length]
  }
  assert.deepEqual(heard(`BMSG ${a} hello`), [1, 1])
  assert.deepEqual(heard(`DMSG ${a} ${b} hello`), [0, 1])
  assert.deepEqual(heard(`EMSG ${a} ${b} hello`), [1, 1])
  assert.deepEqual(heard(`FSCH ${a} +TCP4 ANx`), [1, 0])
  assert.deepEqual(heard(`FSCH ${a} -TCP4 ANx`), [0, 1])
  // In another's name nobody speaks.
  assert.deepEqual(heard(`BMSG ${b} hello`), [1, 1])
  assert.equal(alice.isClosed, true)
})

/** A client in a hub that the test plays, as AAAB. */
function inHub(settings: Partial<PeerSettings> = {}, ip = ALICE.ip) {
  const client = madeOf(settings, ip)
  client.peer.order({ do: 'join', at: HUB })
  const hub = client.calls[0]!
  hub.open()
  assert.deepEqual(linesOf(hub), ['HSUP ADBASE ADTIGR'])
  say(hub, 'ISUP ADBASE ADTIGR', 'ISID AAAB', 'IINF CT32 NIh')
  const [info] = linesOf(hub)
  const own = info!.replace(/ PD\S+/, '')
  const cid = / ID(\S+)/.exec(own)![1]!
  say(hub, own)
  assert.equal(client.saidOf('joined').length, 1)
  return { client, hub, info: info!, cid }
}

test('A client shows its private id, and says whether it can be called', () => {
  const { info } = inHub()
  assert.match(info, / PD[A-Z2-7]{39} NIalice .* SUTCP4,UDP4 I4192\.0\.2\.1 U4412/)
  assert.doesNotMatch(inHub({ isFirewalled: true }).info, /TCP4| I4| U4/)
})

const BOB_IN = 'BINF AAAC IDBOBSCID NIbob SUTCP4,UDP4 I4198.51.100.2 U4412'

test('Searches are answered by datagram, or through the hub', () => {
  const { client, hub, cid } = inHub()
  client.peer.order({ do: 'publish', file: FILE })
  const root = client.saidOf('published')[0]!.content.slice('urn:tree:tiger:'.length)
  say(hub, BOB_IN, 'BINF AAAD IDDORA NIdora SU')
  linesOf(hub)
  say(hub, 'BSCH AAAC ANharbour ANQUIET TOt1')
  const [sent] = client.datagrams
  assert.deepEqual(sent!.to, { ip: '198.51.100.2', port: 412 })
  const result = `FN/Shared/Quiet\\sHarbour.ogg SI40000 SL16 TR${root}`
  assert.equal(text(sent!.bytes), `URES ${cid} ${result} TOt1\n`)
  for (const asked of [`TR${root}`, 'ANharbour NOloud EXogg GE40000 LE40000']) {
    say(hub, `BSCH AAAD ${asked} TOt2`)
    assert.deepEqual(linesOf(hub), [`DRES AAAB AAAD ${result} TOt2`])
  }
  for (const asked of [
    'ANharbour ANloud',
    'ANharbour NOquiet',
    'ANharbour EXmp3',
    'TY2 ANharbour',
  ]) {
    say(hub, `BSCH AAAD ${asked} TOt3`)
    assert.deepEqual(linesOf(hub), [], asked)
  }
})

/** Alice found what bob has, and asks for it. */
function wanting(settings: Partial<PeerSettings> = {}) {
  const bob = inHub({ nick: 'bob' }, BOB.ip)
  bob.client.peer.order({ do: 'publish', file: FILE })
  const root = bob.client.saidOf('published')[0]!.content.slice('urn:tree:tiger:'.length)
  const alice = inHub(settings)
  say(alice.hub, BOB_IN)
  say(bob.hub, 'BINF AAAE IDALICE NIalice I4192.0.2.1')
  alice.client.peer.order({ do: 'search', text: 'quiet harbour' })
  const token = / TO(\S+)$/.exec(linesOf(alice.hub).at(-1)!)![1]!
  say(alice.hub, `DRES AAAC AAAB FN/Shared/${'Quiet\\sHarbour.ogg'} SI40000 TR${root} TO${token}`)
  alice.client.peer.order({ do: 'fetch', name: FILE.name })
  return { alice, bob, asked: linesOf(alice.hub).at(-1)! }
}

test('Who can be called asks for it, is called, and loads what his token is for', () => {
  const { alice, bob, asked } = wanting()
  const token = /^DCTM AAAB AAAC ADC\/1\.0 412 (\d+)$/.exec(asked)![1]!
  say(bob.hub, `DCTM AAAE AAAB ADC/1.0 412 ${token}`)
  const caller = bob.client.calls[1]!
  assert.deepEqual(caller.remote, { ip: ALICE.ip, port: 412 })
  const called = alice.client.called(BOB)
  caller.open()
  talk(caller, called)
  const [fetched] = alice.client.saidOf('fetched')
  assert.deepEqual([fetched?.name, fetched?.bytes, fetched?.verified], [FILE.name, 40_000, true])
  assert.equal(bob.client.saidOf('served')[0]?.bytes, 40_000)
})

test('Who cannot be called asks to be told where to call', () => {
  const { alice, bob, asked } = wanting({ isFirewalled: true })
  const token = /^DRCM AAAB AAAC ADC\/1\.0 (\d+)$/.exec(asked)![1]!
  linesOf(bob.hub)
  say(bob.hub, `DRCM AAAE AAAB ADC/1.0 ${token}`)
  assert.deepEqual(linesOf(bob.hub), [`DCTM AAAB AAAE ADC/1.0 412 ${token}`])
  say(alice.hub, `DCTM AAAC AAAB ADC/1.0 412 ${token}`)
  const caller = alice.client.calls[1]!
  const called = bob.client.called(ALICE)
  caller.open()
  talk(caller, called)
  assert.equal(alice.client.saidOf('fetched')[0]?.verified, true)
})

test('Two who cannot be called do not meet; who does not come is waited for', () => {
  const { client, hub } = inHub({ isFirewalled: true })
  say(hub, 'BINF AAAD IDDORA NIdora SU')
  client.peer.order({ do: 'browse', of: 'dora' })
  client.peer.order({ do: 'browse', of: 'nobody' })
  assert.deepEqual(
    client.saidOf('failed').map(({ why }) => why),
    ['neither can be called', 'is not there'],
  )
  const { alice } = wanting()
  alice.client.pass(29_000_000)
  assert.deepEqual(alice.client.saidOf('failed'), [])
  alice.client.pass(2_000_000)
  assert.deepEqual(
    alice.client.saidOf('failed').map(({ why }) => why),
    ['does not answer'],
  )
})

test('What is not there is refused, and who asks may go on', () => {
  const { client } = inHub()
  client.peer.order({ do: 'publish', file: FILE })
  const link = client.called(BOB)
  say(link, 'CSUP ADBASE ADTIGR', 'CINF IDBOB TOother')
  linesOf(link)
  say(link, `CGET file TTH/${'A'.repeat(39)} 0 -1`, 'CGET file files.xml.bz2 0 -1')
  assert.deepEqual(
    linesOf(link).map((line) => line.slice(0, 8)),
    ['CSTA 151', 'CSTA 151'],
  )
  say(link, 'CGET file files.xml 0 20')
  assert.match(text(link.take()), /^CSND file files\.xml 0 20\n<\?xml version="1\.0" $/)
})
