/**
 * What the crawler says to servers, clients and nodes of Kad, and whom it hears of: never that it has
 * a file, never a word that asks for its content.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex, hex } from '../../core/bytes.ts'
import type { Interview, Question, Step, Told } from '../../core/crawler.ts'
import type { ClaimSaid, Said } from '../../core/event.ts'
import { type LinkInTest, SiteInTest } from '../../core/site-in-test.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { crawler } from './crawler.ts'
import { distanceOf } from './crawler-kad.ts'
import { peer } from './peer.ts'
import { loginTags, NONE, numberTag, serverFrame, textTag } from './peer-node.ts'
import { Shares } from './peer-shares.ts'
import { openSession } from './session.ts'
import { clientTcpWire } from './wire/client-tcp.ts'
import { capabilities } from './wire/hello.ts'
import { TAG } from './wire/tag.ts'

const HASH = '00112233445566778899aabbccddeeff'
const CONTENT = `urn:ed2k:${HASH}`
const WHOM = { ip: '192.0.2.8', port: 4661 }
const US = { ip: '203.0.113.7', port: 40_000 }
const START = 1_700_000_000_000_000

function inquire(channel: string, more: Partial<Question> = {}): Interview {
  return crawler.inquire({ channel, whom: WHOM, content: CONTENT, self: 7, pair: 9, ...more })
}

/** Interview and whoever it is put to, until it is over or nobody says anything. */
function talk(interview: Interview, link: LinkInTest): { told: Told[]; done: Step['done'] } {
  const told: Told[] = []
  let unread: Uint8Array = new Uint8Array(0)
  let step = interview.opened(START)
  for (let i = 0; i < 100; i++) {
    told.push(...step.told)
    for (const bytes of step.send) link.hear(bytes)
    if (step.done !== undefined) return { told, done: step.done }
    const said = link.take()
    if (said.length === 0 && step.used === 0) break
    unread = concat(unread, said)
    step = interview.data!(unread, START)
    unread = unread.subarray(step.used)
  }
  return { told, done: undefined }
}

/** Opcodes of frames or datagrams that were sent, in hex with the protocol's byte. */
function opcodes(steps: readonly Step[], at: number): string[] {
  return steps.flatMap(({ send }) => send.map((each) => hex(each, 0, 1) + hex(each, at, 1)))
}

function claims(carrier: 'tcp' | 'udp', part: string, theirs: readonly string[]): ClaimSaid[] {
  const said: Said[] = []
  const out = { say: (each: Said) => said.push(each), count: () => {}, everyMessage: false }
  const ends = [US, WHOM] as const
  const session = openSession({ flow: 1, carrier, ends, fromStart: true, part }, out)
  const at = { micros: 0, frame: 1 }
  const reader = new StreamReader(session)
  for (const bytes of theirs.map((each) => fromHex(each))) {
    if (carrier === 'tcp') reader.push(1, bytes, at)
    else session.data(1, bytes, at)
  }
  return said.filter((each): each is ClaimSaid => each.type === 'claim')
}

test('a server of the lab tells who offered the file, and that we cannot be called', () => {
  const settings = { role: 'server', port: 4661, nick: 's', bugs: [], isFirewalled: false }
  const server = new SiteInTest(peer.make(settings), WHOM.ip)
  const alice = server.called({ ip: '192.0.2.1', port: 50_001 })
  const body = { userHash: '11'.repeat(16), id: 0, port: 4662, tags: loginTags('alice') }
  alice.hear(serverFrame({ type: 'login', body, rest: NONE }))
  // The server calls back, and hears HELLO's answer: size 34, opcode 4c, hash, id, port, no tags, no server.
  server.calls[0]!.open()
  server.calls[0]!.hear(fromHex(`e3210000004c${'11'.repeat(16)}c00002013612${'00'.repeat(10)}`))
  const tags = [textTag(TAG.name, 'Quiet Harbour.ogg'), numberTag(TAG.size, 1000)]
  const file = { hash: HASH, id: 0, port: 0, tags }
  alice.hear(serverFrame({ type: 'offer-files', body: [file], rest: NONE }))
  const link = server.called(US)
  assert.deepEqual(talk(inquire('server'), link), {
    told: [{ at: { ip: '192.0.2.1', port: 4662 }, part: 'peer', content: CONTENT }],
    done: 'answered',
  })
  // It called alice to see whether she can be called, and nobody else.
  assert.equal(server.calls.length, 1)
  const second = talk(
    inquire('server', { content: `urn:ed2k:${'ab'.repeat(16)}` }),
    server.called(US),
  )
  assert.deepEqual(second, { told: [], done: 'answered' })
  assert.deepEqual(
    talk(inquire('server', { content: undefined as never }), server.called(US)).done,
    'answered',
  )
})

test('a client and a node of the lab that inject a source are asked, and tell it', () => {
  const settings = { port: 4662, nick: 'x', bugs: ['injects'], isFirewalled: false }
  const victim = { ip: '198.51.100.7', port: 4711 }
  const holder = new SiteInTest(peer.make({ ...settings, role: 'holder' }), WHOM.ip)
  const file = { name: 'Quiet Harbour.ogg', size: 9_728_001, seed: 7 }
  holder.peer.order({ do: 'publish', file })
  holder.peer.order({ do: 'join', at: victim })
  const content = `urn:ed2k:${new Shares().add(file)!.hash}`
  const { told, done } = talk(inquire('source-exchange', { content }), holder.called(US))
  assert.equal(done, 'answered')
  assert.deepEqual(
    told.map(({ at, part, content: of }) => [at, part, of]),
    [[victim, 'peer', content]],
  )
  const node = new SiteInTest(peer.make({ ...settings, role: 'kad-node' }), WHOM.ip)
  node.peer.order({ do: 'join', at: victim })
  const interview = inquire('kad')
  const heard: Told[] = []
  let { send } = interview.opened(START)
  while (send.length > 0) {
    for (const bytes of send) node.peer.datagram(4662, US, bytes)
    const answers = node.datagrams.splice(0).map(({ bytes }) => interview.datagram!(bytes, START))
    heard.push(...answers.flatMap((each) => each.told))
    send = answers.flatMap((each) => each.send)
  }
  assert.deepEqual(
    heard.map(({ at, part, content: of }) => [at, part, of]),
    [[victim, 'peer', CONTENT]],
  )
  assert.equal(interview.tick(START).done, 'answered')
})

test('a server is told port 0, asked for sources and for its list, and no more', () => {
  const interview = inquire('server', { size: 1000 })
  const steps = [
    interview.opened(START),
    interview.data!(fromHex('e305000000 40 01000000'.replaceAll(' ', '')), START),
  ]
  assert.deepEqual(opcodes(steps, 5), ['e301', 'e319', 'e314'])
  // Size, opcode, user hash; then id 0, port 0.
  assert.equal(hex(steps[0]!.send[0]!, 22, 6), '000000000000')
  assert.equal(hex(steps[1]!.send[0]!), `e31500000019${HASH}e8030000`)
  // A list of one server, 192.0.2.9:4661: it is over; its UDP port is 4 more.
  const list = interview.data!(fromHex('e3080000003201c00002093512'), START)
  assert.deepEqual(list.done, 'answered')
  assert.deepEqual(list.told, [
    { at: { ip: '192.0.2.9', port: 4661 }, part: 'server' },
    { at: { ip: '192.0.2.9', port: 4665 }, part: 'server-udp' },
  ])
  // One that lets nobody in is not waited for longer than half a minute.
  const silent = inquire('server')
  assert.equal(silent.opened(START).wakeMicros, START + 30_000_000)
  assert.equal(silent.tick(START + 30_000_000).done, 'unanswered')
})

test('by datagram the same questions, three times at most', () => {
  const interview = inquire('server-udp')
  const first = interview.opened(START)
  assert.deepEqual(
    first.send.map((each) => hex(each)),
    [`e39a${HASH}`, 'e3a4'],
  )
  const found = `e39b${HASH}02c0000201361201000000ffff`
  const heard = interview.datagram!(fromHex(found), START)
  // The second has a LowID.
  assert.deepEqual(heard.told, [
    { at: { ip: '192.0.2.1', port: 4662 }, part: 'peer', content: CONTENT },
  ])
  assert.equal(heard.done, undefined)
  const again = interview.tick(START + 4_000_000)
  assert.deepEqual(
    again.send.map((each) => hex(each)),
    ['e3a4'],
  )
  assert.equal(interview.datagram!(fromHex('e3a100'), START).done, 'answered')
  assert.deepEqual(
    claims('udp', 'server-udp', [found]).map(({ about, via }) => [about.ip, via]),
    [['192.0.2.1', 'server-sources']],
  )
  const silent = inquire('server-udp')
  silent.opened(START)
  assert.equal(silent.tick(START).send.length, 2)
  assert.equal(silent.tick(START).send.length, 2)
  assert.equal(silent.tick(START).done, 'unanswered')
})

/** HELLO's answer with options 1 and 2: two number tags of eight bytes each, no server. */
function helloAnswer(options1: string, options2: string): string {
  const tags = `02000000 030100fa${options1} 030100fe${options2}`
  const frame = `e331000000 4c ${'22'.repeat(16)} c0000208 3612 ${tags} 000000000000`
  return frame.replaceAll(' ', '')
}

test('a client that knows source exchange 2 is asked by it; hybrid ids are read as they are meant', () => {
  const interview = inquire('source-exchange')
  const hello = interview.opened(START).send[0]!
  const read = clientTcpWire.parse(hello, 5)
  assert.ok(read.kind === 'message' && read.message.type === 'hello')
  // A LowID, and no port.
  assert.deepEqual([read.message.body.id, read.message.body.port], [1, 0])
  assert.equal(capabilities(read.message.body.tags).source_exchange_2, 1)
  const answer = helloAnswer('00400010', '10040000')
  const asked = interview.data!(fromHex(answer), START)
  assert.deepEqual(
    asked.send.map((each) => hex(each)),
    [`e3110000004f${HASH}`, `c51400000083040000${HASH}`],
  )
  // Version 4: 198.51.100.7:4662 as d.c.b.a, server 0.0.0.0:0, user hash, options.
  const list = `076433c63612 000000000000 ${'33'.repeat(16)} 00`.replaceAll(' ', '')
  const sources = `c5310000008404${HASH}0100${list}`
  const heard = interview.data!(fromHex(sources), START)
  const at = { ip: '198.51.100.7', port: 4662 }
  assert.deepEqual(heard.told, [{ at, part: 'peer', content: CONTENT, id: '33'.repeat(16) }])
  assert.equal(heard.done, 'answered')
  const said = claims('tcp', 'peer', [answer, sources]).filter(
    ({ via }) => via === 'source-exchange',
  )
  assert.deepEqual(
    said.map(({ about, content }) => [about, content]),
    [[at, CONTENT]],
  )
})

test('who knows multipackets is asked in one, with the size where it is known', () => {
  const ask = (options1: string, options2: string, more: Partial<Question> = {}) => {
    const interview = inquire('source-exchange', more)
    interview.opened(START)
    const { send } = interview.data!(fromHex(helloAnswer(options1, options2)), START)
    return send.map((each) => hex(each))
  }
  assert.deepEqual(ask('02400010', '10040000', { size: 1000 }), [`c51600000092${HASH}4f83040000`])
  // Bit 5 of options 2: with sizes.
  const sized = `c51e000000a4${HASH}e8030000000000004f83040000`
  assert.deepEqual(ask('02400010', '30040000', { size: 1000 }), [sized])
  assert.deepEqual(ask('02400010', '30040000'), [`c51600000092${HASH}4f83040000`])
  assert.deepEqual(ask('02400010', '00000000'), [`c51300000092${HASH}4f81`])
})

test('by source exchange 1 the announced version says which way an address stands; else both are told', () => {
  const ask = (options1: string) => {
    const interview = inquire('source-exchange')
    interview.opened(START)
    const asked = interview.data!(fromHex(helloAnswer(options1, '00000000')), START)
    assert.equal(hex(asked.send[1]!), `c51100000081${HASH}`)
    const list = `c63364073612 000000000000 ${'33'.repeat(16)}`.replaceAll(' ', '')
    return interview.data!(fromHex(`c52f00000082${HASH}0100${list}`), START).told
  }
  const ips = (told: readonly Told[]) => told.map(({ at, reading }) => [at.ip, reading])
  assert.deepEqual(ips(ask('00200010')), [['198.51.100.7', undefined]])
  assert.deepEqual(ips(ask('00300010')), [['7.100.51.198', undefined]])
  assert.deepEqual(ips(ask('00400010')), [
    ['198.51.100.7', 'natural'],
    ['7.100.51.198', 'reversed'],
  ])
})

test('who has the file and says nothing of sources knows none', () => {
  const interview = inquire('source-exchange')
  assert.equal(interview.opened(START).wakeMicros, START + 40_000_000)
  interview.data!(fromHex(helloAnswer('02400010', '10040000')), START)
  // Status: two parts, none of them there.
  const there = interview.data!(fromHex(`c51500000093${HASH}50020000`), START)
  assert.deepEqual([there.done, there.wakeMicros], [undefined, START + 5_000_000])
  assert.equal(interview.tick(START + 5_000_000).done, 'answered')
})

test('who has not the file, or has no words for sources, is asked no more', () => {
  const interview = inquire('source-exchange')
  interview.opened(START)
  interview.data!(fromHex(helloAnswer('00400010', '10040000')), START)
  assert.equal(interview.data!(fromHex(`e31100000048${HASH}`), START).done, 'answered')
  const old = inquire('source-exchange')
  old.opened(START)
  const step = old.data!(fromHex(helloAnswer('00000010', '00000000')), START)
  assert.deepEqual([step.done, step.send], ['answered', []])
  const silent = inquire('source-exchange')
  silent.opened(START)
  assert.equal(silent.tick(START).done, 'unanswered')
  const other = inquire('source-exchange')
  other.opened(START)
  assert.equal(other.data!(fromHex('13426974'), START).done, 'unanswered')
})

/** A number of 128 bits as Kad writes it: four u32le. */
function kadNumber(id: string): string {
  return id.replace(/(..)(..)(..)(..)/g, '$4$3$2$1')
}

const NODE = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf'
const NEARER = '00112233445566778899aabbccddee00'

test('a node of Kad is asked by its id who is nearer, and who has the file', () => {
  const interview = inquire('kad', { id: NODE, size: 1000 })
  const first = interview.opened(START)
  assert.deepEqual(
    first.send.map((each) => hex(each)),
    [`e4210b${kadNumber(HASH)}${kadNumber(NODE)}`, `e434${kadNumber(HASH)}0000e803000000000000`],
  )
  // 198.51.100.9, octets reversed, UDP 4672, TCP 4662, version 8.
  const contact = `${kadNumber(NEARER)}096433c64012361208`
  const near = interview.datagram!(fromHex(`e429${kadNumber(HASH)}01${contact}`), START)
  assert.deepEqual(near.told, [{ at: { ip: '198.51.100.9', port: 4672 }, part: 'kad', id: NEARER }])
  // One source: type 1, address 198.51.100.7 as u32le of c6336407, TCP port 4662.
  const tags = '03 090100ff01 030100fe076433c6 080100fd3612'.replaceAll(' ', '')
  const found = `e43b${kadNumber(NODE)}${kadNumber(HASH)}0100${kadNumber('44'.repeat(16))}${tags}`
  const heard = interview.datagram!(fromHex(found), START)
  const at = { ip: '198.51.100.7', port: 4662 }
  assert.deepEqual(heard.told, [{ at, part: 'peer', content: CONTENT, id: '44'.repeat(16) }])
  // More may come; then it is over.
  assert.equal(heard.wakeMicros, START + 2_000_000)
  assert.equal(interview.tick(START + 2_000_000).done, 'answered')
  assert.deepEqual(
    claims('udp', 'kad', [found]).map(({ about, via }) => [about, via]),
    [[at, 'kad-source']],
  )
})

test('a node that is known by its address alone is asked for its id first; without a file, whom it knows', () => {
  const contact = `${kadNumber(NEARER)}096433c64012361208`
  const bootstrap = fromHex(`e409${kadNumber(NODE)}3612080100${contact}`)
  const interview = inquire('kad')
  assert.deepEqual(opcodes([interview.opened(START)], 1), ['e401', 'e434'])
  const step = interview.datagram!(bootstrap, START)
  assert.equal(hex(step.send[0]!), `e4210b${kadNumber(HASH)}${kadNumber(NODE)}`)
  assert.equal(step.told[0]!.id, NEARER)
  const map = crawler.inquire({ channel: 'kad', whom: WHOM, self: 7, pair: 9 })
  assert.deepEqual(opcodes([map.opened(START)], 1), ['e401'])
  assert.equal(map.datagram!(bootstrap, START).done, 'answered')
  const silent = inquire('kad', { id: NODE })
  silent.opened(START)
  assert.equal(silent.tick(START).send.length, 2)
  assert.equal(silent.tick(START).done, 'unanswered')
})

test('a content is named by its hash or by a link', () => {
  assert.equal(crawler.contentOf!(HASH.toUpperCase()), CONTENT)
  assert.equal(
    crawler.contentOf!(`ed2k://|file|a%20b.ogg|20000|${HASH}|/|sources,192.0.2.1:4662|/`),
    CONTENT,
  )
  assert.equal(crawler.contentOf!(`${HASH}00`), undefined)
})

test('distance is exclusive or; contents of others are nobody’s', () => {
  assert.equal(distanceOf(CONTENT, HASH), 0)
  assert.equal(distanceOf(`urn:ed2k:${'0'.repeat(32)}`, `8${'0'.repeat(31)}`), 0.5)
  assert.equal(distanceOf(`urn:ed2k:${'0'.repeat(32)}`, `c${'0'.repeat(31)}`), 0.75)
  for (const { name } of crawler.channels) {
    const step = crawler
      .inquire({ channel: name, whom: WHOM, content: 'urn:btih:00', self: 1, pair: 1 })
      .opened(START)
    assert.deepEqual([step.send, step.done], [[], 'unanswered'], name)
  }
})
