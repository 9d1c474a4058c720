/** The small peers: what a server answers whom, and what a client says and does in turn. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat } from '../../core/bytes.ts'
import type { PeerSettings } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { type LinkInTest, SiteInTest } from '../../core/site-in-test.ts'
import { latin1 } from '../../core/text.ts'
import { decimalOf } from './content.ts'
import { peer } from './peer.ts'
import { frame } from './peer-node.ts'
import { frameWire } from './wire/frame.ts'

const ALICE = { ip: '192.0.2.1', port: 40_000 }
const BOB = { ip: '198.51.100.2', port: 40_001 }
const SERVER = { ip: '192.0.2.8', port: 8888 }
const MD5 = '7d733c1e7419674744768db71bff8bcd'
const PATH = 'C:\\MP3\\generic band - generic song.mp3'
const FILE = { name: 'quiet harbour.mp3', size: 40_000, seed: 7 }

function madeOf(settings: Partial<PeerSettings>): SiteInTest {
  const usual = { role: 'client', port: 6699, nick: 'alice', bugs: [], isFirewalled: false }
  return new SiteInTest(peer.make({ ...usual, ...settings }))
}

/** Frames as `number text`. */
function said(link: LinkInTest): string[] {
  const bytes = link.take()
  const lines: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const outcome = frameWire.parse(bytes, at)
    if (outcome.kind !== 'message') assert.fail(`broken at ${at}`)
    lines.push(`${outcome.message.number} ${latin1(outcome.message.text)}`.trim())
    at += outcome.size
  }
  return lines
}

function login(server: SiteInTest, nick: string, from: typeof ALICE, port = 6699): LinkInTest {
  const link = server.called(from)
  link.hear(frame(2, `${nick} secret ${port} "nap v0.8" 3`))
  const [ok] = said(link)
  assert.match(ok!, /^3 /)
  return link
}

test('A server logs in, counts what is shared, and finds it for others', () => {
  const server = madeOf({ role: 'server', port: 8888 })
  const bob = login(server, 'bob', BOB)
  const alice = login(server, 'alice', ALICE)
  bob.hear(frame(100, `"${PATH}" ${MD5} 443332 128 44100 60`))
  alice.hear(frame(214))
  assert.deepEqual(said(alice), ['214 2 1 0'])
  // Several orders of words, and one that the name has not; a piece at a time.
  const wanted = frame(200, 'FILENAME CONTAINS "song generic" MAX_RESULTS 10')
  alice.hear(wanted.subarray(0, 3), wanted.subarray(3))
  const result = `"${PATH}" ${MD5} 443332 128 44100 60 bob ${decimalOf(BOB.ip)} 3`
  assert.deepEqual(said(alice), [`201 ${result}`, '202'])
  alice.hear(frame(200, 'FILENAME CONTAINS "generic" FILENAME EXCLUDES "song"'))
  assert.deepEqual(said(alice), ['202'])
  // His own files are not news to him.
  bob.hear(frame(200, 'FILENAME CONTAINS "generic"'))
  assert.deepEqual(said(bob), ['202'])
  bob.fall()
  alice.hear(frame(200, 'FILENAME CONTAINS "generic"'), frame(214))
  assert.deepEqual(said(alice), ['202', '214 1 0 0'])
})

test('A download is asked of the owner; one who cannot be called is told whom to call', () => {
  const server = madeOf({ role: 'server', port: 8888 })
  const bob = login(server, 'bob', BOB, 0)
  const alice = login(server, 'alice', ALICE)
  bob.hear(frame(100, `"${PATH}" ${MD5} 443332 128 44100 60`))
  alice.hear(frame(203, `bob "${PATH}"`))
  assert.deepEqual(said(bob), [`607 alice "${PATH}" 3`])
  bob.hear(frame(608, `alice "${PATH}"`))
  assert.deepEqual(said(alice), [`204 bob ${decimalOf(BOB.ip)} 0 "${PATH}" ${MD5} 3`])
  alice.hear(frame(500, `bob "${PATH}"`))
  assert.deepEqual(said(bob), [`501 alice ${decimalOf(ALICE.ip)} 6699 "${PATH}" ${MD5} 3`])
  alice.hear(frame(203, 'bob "C:\\other.mp3"'))
  assert.deepEqual(said(alice), ['206 bob "C:\\other.mp3"'])
  // An answer nobody waits for goes nowhere.
  bob.hear(frame(608, `alice "${PATH}"`))
  assert.deepEqual(said(alice), [])
})

test('A hot list tells who comes and goes', () => {
  const server = madeOf({ role: 'server', port: 8888 })
  const alice = login(server, 'alice', ALICE)
  alice.hear(frame(207, 'bob'))
  assert.deepEqual(said(alice), ['301 bob'])
  const bob = login(server, 'bob', BOB)
  assert.deepEqual(said(alice), ['209 bob 3'])
  bob.fall()
  assert.deepEqual(said(alice), ['210 bob'])
  alice.hear(frame(303, 'bob'))
  login(server, 'bob', BOB)
  assert.deepEqual(said(alice), [])
})

test('A server refuses a nick that is there, words before the login, and what is no frame', () => {
  const server = madeOf({ role: 'server', port: 8888 })
  login(server, 'alice', ALICE)
  for (const words of [frame(2, 'Alice x 6699 "nap" 3'), frame(200, 'FILENAME CONTAINS "a"')]) {
    const link = server.called(BOB)
    link.hear(words)
    assert.match(said(link)[0]!, /^0 /)
    assert.ok(link.isClosed)
  }
  const link = server.called(BOB)
  link.hear(concat(bytesOf('\x04\x00\xff\xff'), Uint8Array.of(0, 1, 2, 3)))
  assert.ok(link.isClosed)
})

/** A client that is logged in, and its link with the server. */
function clientAtServer(settings: Partial<PeerSettings> = {}) {
  const client = madeOf(settings)
  client.peer.order({ do: 'join', at: SERVER })
  const server = client.calls[0]!
  server.open()
  const hello = said(server)
  server.hear(frame(3, 'anon@example.net'))
  return { client, server, hello }
}

test('A client logs in, shares, and sends what a caller gets', () => {
  const { client, server, hello } = clientAtServer()
  assert.deepEqual(hello, ['2 alice secret 6699 "PeerscopeLab 1.0" 4'])
  assert.deepEqual(client.saidOf('joined'), [{ type: 'joined', at: SERVER }])
  client.peer.order({ do: 'publish', file: FILE })
  const path = `C:\\MP3\\${FILE.name}`
  const shared = said(server)[0]!
  assert.match(shared, /^100 "C:\\MP3\\quiet harbour\.mp3" [0-9a-f]{32} 40000 160 44100 2$/)
  server.hear(frame(607, `bob "${path}" 3`))
  assert.deepEqual(said(server), [`608 bob "${path}"`])
  const bob = client.called(BOB)
  assert.equal(latin1(bob.take()), '1')
  bob.hear(bytesOf(`GETbob "${path}" 10000`))
  assert.deepEqual(bob.take(), concat(bytesOf('40000'), fileBytes(FILE, 10_000, 30_000)))
  assert.deepEqual(client.saidOf('served'), [
    { type: 'served', name: FILE.name, bytes: 30_000, to: BOB },
  ])
})

/** A client that was told of FILE at bob, with its MD5 field, and wants it. */
function wanting(settings: Partial<PeerSettings> = {}, md5 = md5OfFile()) {
  const { client, server } = clientAtServer(settings)
  client.peer.order({ do: 'search', text: 'quiet harbour' })
  assert.deepEqual(said(server), ['200 FILENAME CONTAINS "quiet harbour" MAX_RESULTS 100'])
  const path = `D:\\${FILE.name}`
  const ip = decimalOf(BOB.ip)
  server.hear(frame(201, `"${path}" ${md5} 40000 160 44100 2 bob ${ip} 4`), frame(202))
  assert.deepEqual(client.saidOf('searched'), [
    { type: 'searched', text: 'quiet harbour', hits: 1 },
  ])
  client.peer.order({ do: 'fetch', name: FILE.name })
  assert.deepEqual(said(server), [`203 bob "${path}"`])
  const answer = (port: number) => frame(204, `bob ${ip} ${port} "${path}" ${md5} 4`)
  return { client, server, path, answer }
}

/** As another client shares it. */
function md5OfFile(): string {
  const { client, server } = clientAtServer()
  client.peer.order({ do: 'publish', file: FILE })
  return said(server)[0]!.split('" ')[1]!.split(' ')[0]!
}

test('A client calls the owner, reads the size and the file, and checks it', () => {
  const { client, server, path, answer } = wanting()
  server.hear(answer(6699))
  const bob = client.calls[1]!
  assert.deepEqual(bob.remote, { ip: BOB.ip, port: 6699 })
  bob.open()
  // The hail, the size in two pieces, the file in two pieces.
  bob.hear(bytesOf('1'))
  assert.equal(latin1(bob.take()), `GETalice "${path}" 0`)
  bob.hear(bytesOf('400'), bytesOf('00'), fileBytes(FILE, 0, 1), fileBytes(FILE, 1, 40_000))
  const [fetched] = client.saidOf('fetched')
  assert.deepEqual([fetched?.bytes, fetched?.verified], [40_000, true])
  assert.deepEqual(said(server), ['218', '219'])
})

test('Bytes that are not those of the index are told as not verified', () => {
  const { client, server, answer } = wanting({}, MD5)
  server.hear(answer(6699))
  const bob = client.calls[1]!
  bob.open()
  bob.hear(bytesOf('1'), bytesOf('40000'), fileBytes(FILE, 0, 40_000))
  assert.equal(client.saidOf('fetched')[0]?.verified, false)
})

test('Of one who cannot be called the file is asked the other way, and waited for a minute', () => {
  const { client, server, path, answer } = wanting()
  server.hear(answer(0))
  assert.deepEqual(said(server), [`500 bob "${path}"`])
  const bob = client.called(BOB)
  bob.hear(bytesOf(`SENDbob "${path}" 40000`))
  assert.equal(latin1(bob.take()), '10')
  bob.hear(fileBytes(FILE, 0, 40_000))
  assert.equal(client.saidOf('fetched')[0]?.verified, true)

  const late = wanting()
  late.server.hear(late.answer(0))
  late.client.pass(59_000_000)
  assert.deepEqual(late.client.saidOf('failed'), [])
  late.client.pass(2_000_000)
  assert.deepEqual(late.client.saidOf('failed'), [
    { type: 'failed', order: 'fetch', why: 'pushed in vain' },
  ])
})

test('Two who cannot be called cannot reach each other', () => {
  const { client, server, answer } = wanting({ isFirewalled: true })
  server.hear(answer(0))
  assert.deepEqual(client.saidOf('failed'), [
    { type: 'failed', order: 'fetch', why: 'neither can be called' },
  ])
})

test('A client that forgot to turn addresses calls d.c.b.a', () => {
  const { client, server, answer } = wanting({ bugs: ['reversed-address'] })
  server.hear(answer(6699))
  assert.deepEqual(client.calls[1]!.remote, { ip: '2.100.51.198', port: 6699 })
})

test('Who is asked to call brings the file', () => {
  const { client, server } = clientAtServer({ isFirewalled: true })
  client.peer.order({ do: 'publish', file: FILE })
  const path = `C:\\MP3\\${FILE.name}`
  server.hear(frame(501, `bob ${decimalOf(BOB.ip)} 6700 "${path}" ${MD5} 3`))
  const bob = client.calls[1]!
  assert.deepEqual(bob.remote, { ip: BOB.ip, port: 6700 })
  bob.open()
  bob.hear(bytesOf('1'))
  assert.equal(latin1(bob.take()), `SENDalice "${path}" 40000`)
  bob.hear(bytesOf('0'))
  assert.deepEqual(bob.take(), fileBytes(FILE, 0, 40_000))
  assert.ok(bob.isClosed)
})

test('A list of files is asked for and told, directly', () => {
  const { client: bob } = clientAtServer({ nick: 'bob' })
  bob.peer.order({ do: 'publish', file: FILE })
  const asked = bob.called(ALICE)
  asked.take()
  asked.hear(bytesOf('GETLIST'))
  const list = asked.take()
  assert.match(latin1(list), /^bob\n"C:\\MP3\\quiet harbour\.mp3" [0-9a-f]{32} 40000 .*\n\n$/)

  const { client: alice } = clientAtServer()
  alice.peer.order({ do: 'browse', of: '198.51.100.2:6699' })
  const link = alice.calls[1]!
  link.open()
  link.hear(bytesOf('1'))
  assert.equal(latin1(link.take()), 'GETLIST')
  link.hear(list.subarray(0, 20), list.subarray(20))
  assert.deepEqual(
    alice.saidOf('found').map(({ name, size }) => [name, size]),
    [[FILE.name, 40_000]],
  )
  assert.equal(alice.saidOf('searched')[0]?.hits, 1)
})

test('Callers that say nonsense or ask for what is not shared are let go', () => {
  const { client } = clientAtServer()
  for (const words of [
    'GETbob "C:\\MP3\\none.mp3" 0',
    'SENDbob "C:\\x.mp3" 12',
    'x'.repeat(1300),
  ]) {
    const link = client.called(BOB)
    link.hear(bytesOf(words))
    assert.ok(link.isClosed, words.slice(0, 20))
  }
  assert.deepEqual(client.saidOf('served'), [])
})

test('An order without a server fails, and so does what a lost server leaves open', () => {
  const lone = madeOf({})
  lone.peer.order({ do: 'search', text: 'a' })
  assert.deepEqual(lone.saidOf('failed'), [
    { type: 'failed', order: 'search', why: 'not logged in' },
  ])
  const { client, server } = clientAtServer()
  client.peer.order({ do: 'search', text: 'a' })
  server.fall()
  assert.deepEqual(client.saidOf('failed'), [{ type: 'failed', order: 'search', why: 'closed' }])
})
