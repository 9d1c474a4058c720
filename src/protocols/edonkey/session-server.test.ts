/**
 * A link to a server, read: aMule 2.3.3 with ed2kd out of fixtures/server.pcap, and crafted answers
 * that this server does not give. Expected values are those of the capture's description and of
 * tshark.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, type Kept, type Transcript } from '../../core/session-check.ts'
import { edonkey } from './index.ts'
import { FILE, IP, PORT, SERVER_TCP_SAMPLES, str16, USER } from './samples-in-test.ts'

const HANDBOOK = 'urn:ed2k:8ffbac0f71955fb15991ceabe707c3e3'

function frame(text: string, protocol = 'e3'): Uint8Array {
  const content = fromHex(text)
  return concat(
    fromHex(protocol),
    Uint8Array.of(content.length % 256, content.length >> 8, 0, 0),
    content,
  )
}

function serverFlow(index: number): Kept {
  const flows = flowsOf(readFileSync(repositoryFile('src/protocols/edonkey/fixtures/server.pcap')))
  const flow = flows.filter((each) => each.carrier === 'tcp' && each.ends[1].port === 4661)[index]!
  const transcript: Transcript = transcriptOf(flow)
  const facts = {
    flow: 1,
    carrier: 'tcp',
    ends: flow.ends,
    fromStart: true,
    part: 'server',
  } as const
  return checkSession(edonkey, facts, transcript)
}

test('who logs in, offers two files in a compressed frame', () => {
  const kept = serverFlow(0)
  const [client, server] = kept.of('client')
  assert.equal(client!.software, 'aMule')
  assert.equal(client!.version, '2.3.3')
  assert.equal(client!.nick, 'a')
  assert.equal(client!.id, '69815c6a870ecebed4cb34d7ad506f84')
  assert.deepEqual(client!.listens, { ip: '198.51.100.10', port: 4662 })
  assert.equal(server!.software, 'ed2kd')
  assert.equal(server!.version, '17.15')
  assert.deepEqual(
    kept.of('share').map(({ content, name, size }) => [content, name, size]),
    [
      ['urn:ed2k:5b18482d02454e8e90d6189a3a942e1c', 'funny video clip.avi', 260_000],
      [HANDBOOK, 'linux distro handbook.pdf', 200_000],
    ],
  )
  assert.deepEqual(kept.of('fault'), [])
})

test('who searches, finds and asks for sources', () => {
  const kept = serverFlow(1)
  assert.deepEqual(
    kept.of('search').map(({ text, via }) => [text, via]),
    [['handbook', 'server-search']],
  )
  const [found] = kept.of('share')
  assert.equal(found!.via, 'search-result')
  assert.equal(found!.content, HANDBOOK)
  assert.deepEqual(
    kept
      .of('claim')
      .filter((each) => each.via === 'search-result')
      .map((each) => each.about),
    [{ ip: '198.51.100.10', port: 4662 }],
  )
  const [asked] = kept.of('request')
  assert.equal(asked!.what, 'get-sources')
  assert.equal(asked!.content, HANDBOOK)
})

test('the client is called at the address the server saw and the port it logged in with', () => {
  const kept = serverFlow(0)
  const claims = kept
    .of('claim')
    .map(({ about, via, part }) => `${via} ${part} ${about.ip}:${about.port}`)
  assert.deepEqual(claims, ['login peer 198.51.100.10:4662', 'id-change peer 198.51.100.10:4662'])
})

function said(text: string): Kept {
  return checkSession(edonkey, factsOf('tcp', 'server'), [[1, frame(text)]])
}

test('sources: a HighID is claimed as an address, a LowID only logged', () => {
  const kept = said(`42 ${FILE} 02 ${IP} ${PORT} 39300000 ${PORT}`)
  assert.deepEqual(kept.of('claim'), [
    {
      type: 'claim',
      by: { ip: '198.51.100.2', port: 6881 },
      about: { ip: '192.0.2.1', port: 4662 },
      part: 'peer',
      carriers: 'tcp',
      via: 'server-sources',
      content: `urn:ed2k:${FILE}`,
    },
  ])
  const [message] = kept.of('message')
  assert.deepEqual(message!.fields.sources, [
    { client_id: 0x010200c0, port: 4662 },
    { client_id: 12_345, port: 4662 },
  ])
})

test('sources with obfuscation also tell the user hash', () => {
  const kept = said(`44 ${FILE} 01 ${IP} ${PORT} 83 ${USER}`)
  assert.equal(kept.of('claim')[0]!.id, USER)
})

test('server lists, callbacks and the ident are claims', () => {
  const list = said(`32 02 ${IP} 3512 cb007105 9210`)
  assert.deepEqual(
    list.of('claim').map(({ about, part, via }) => [about, part, via]),
    [
      [{ ip: '192.0.2.1', port: 4661 }, 'server', 'server-list'],
      [{ ip: '203.0.113.5', port: 4242 }, 'server', 'server-list'],
    ],
  )
  const callback = said(`35 ${IP} ${PORT} 83 ${USER}`)
  assert.deepEqual(callback.of('claim')[0]!.about, { ip: '192.0.2.1', port: 4662 })
  assert.equal(callback.of('claim')[0]!.via, 'callback')
  const ident = said(`41 ${'2a'.repeat(16)} ${IP} 3512 01000000 02 0100 01 ${str16('lab')}`)
  assert.equal(ident.of('client')[0]!.nick, 'lab')
  assert.equal(ident.of('claim')[0]!.part, 'server')
})

test('an id-change names the obfuscated port of the server', () => {
  const kept = said(`40 39300000 81050000 35120000 ${IP} 40120000`)
  assert.deepEqual(
    kept.of('claim').map(({ about, part }) => [about, part]),
    [[{ ip: '198.51.100.2', port: 0x1240 }, 'server']],
  )
  const [message] = kept.of('message')
  assert.deepEqual(message!.fields.server_flags, [
    'compression',
    'type_tag_integer',
    'large_files',
    'tcp_obfuscation',
  ])
  assert.equal(message!.fields.low_id, true)
})

test('every message a server link knows goes through whole and in pieces', () => {
  const transcript: Transcript = Object.values(SERVER_TCP_SAMPLES).flatMap((all) =>
    all.map((each) => [0, frame(each)] as const),
  )
  const kept = checkSession(edonkey, factsOf('tcp', 'server'), transcript)
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    [...new Set(kept.of('message').map((each) => each.name))].sort(),
    Object.keys(SERVER_TCP_SAMPLES).sort(),
  )
})

test('a body that breaks its layout is a fault, and the next frame is read', () => {
  const kept = checkSession(edonkey, factsOf('tcp', 'server'), [
    [0, frame('19 0011')],
    [0, frame('14')],
  ])
  assert.deepEqual(kept.of('fault'), [
    {
      type: 'fault',
      wire: 'edonkey/server-tcp',
      fault: 'body-short',
      side: 0,
      at: 6,
      resumes: true,
    },
  ])
  assert.equal(kept.of('message')[0]!.name, 'get-server-list')
})

test('a compressed frame that is no zlib is a fault, and the next frame is read', () => {
  const kept = checkSession(edonkey, factsOf('tcp', 'server'), [
    [0, frame('14')],
    [0, frame('15 00112233', 'd4')],
    [0, frame('14')],
  ])
  assert.deepEqual(
    kept.of('fault').map((each) => each.fault),
    ['compressed-broken'],
  )
  assert.equal(kept.of('message').length, 2)
})
