/**
 * A link between clients, read: aMule 2.3.3 out of fixtures/peer.pcap, crafted source exchange in
 * all versions, damaged and cut streams.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, feed, Kept, type Transcript } from '../../core/session-check.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { edonkey } from './index.ts'
import {
  CLIENT_TCP_SAMPLES,
  EMULE_TCP_SAMPLES,
  FILE,
  FILE_KAD,
  IP,
  IP_REVERSED,
  PORT,
  SX1,
  SX2,
  SX3,
  SX4,
  str16,
  USER,
} from './samples-in-test.ts'

const SONG = 'urn:ed2k:b1d946157075fcfddf2a87da4904695d'

function frame(text: string, protocol = 'e3'): Uint8Array {
  const content = fromHex(text)
  const size = Uint8Array.of(content.length % 256, Math.floor(content.length / 256), 0, 0)
  return concat(fromHex(protocol), size, content)
}

function peerFlow(): { kept: Kept; transcript: Transcript } {
  const [flow] = flowsOf(readFileSync(repositoryFile('src/protocols/edonkey/fixtures/peer.pcap')))
  const transcript: Transcript = transcriptOf(flow!)
  const facts = {
    flow: 1,
    carrier: 'tcp',
    ends: flow!.ends,
    fromStart: true,
    part: 'peer',
  } as const
  return { kept: checkSession(edonkey, facts, transcript), transcript }
}

test('a transfer of aMule: who, what, how much', () => {
  const { kept } = peerFlow()
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('client').map(({ software, version, nick, id }) => [software, version, nick, id]),
    [
      ['aMule', '2.3.3', 'b', '1dabf8ff7f0e8af872ae5d1a99676f11'],
      ['aMule', '2.3.3', 'a', '7857ec72d10ec00908fb1bba8ec16f06'],
    ],
  )
  assert.deepEqual(
    kept.of('request').map(({ what, content }) => [what, content]),
    [
      ['ask-file', SONG],
      ['source-exchange', SONG],
      ['start-upload', SONG],
    ],
  )
  const [share] = kept.of('share')
  assert.deepEqual([share!.name, share!.size, share!.content], ['summer song.mp3', 330_000, SONG])
  // Two frames of 10,240 bytes begin before the fixture's end; tshark counts the same two.
  const [transfer] = kept.of('transfer')
  assert.equal(transfer!.bytes, 20_480)
  assert.equal(transfer!.name, 'summer song.mp3')
  assert.deepEqual(transfer!.from, { ip: '198.51.100.10', port: 4662 })
  assert.equal(kept.counts.get('sending-part'), 2)
})

test('a HELLO of a LowID claims its UDP ports, not its TCP port', () => {
  const { kept } = peerFlow()
  const claims = kept.of('claim').map(({ about, part }) => `${part} ${about.ip}:${about.port}`)
  assert.deepEqual(claims, [
    'kad 198.51.100.11:4672',
    'peer-udp 198.51.100.11:4672',
    'kad 198.51.100.10:4672',
    'peer-udp 198.51.100.10:4672',
  ])
})

test('a HELLO of a HighID claims its port there, and its server', () => {
  const hello = `01 10 ${USER} ${IP} ${PORT} 00000000 cb007105 3512`
  const kept = checkSession(edonkey, factsOf('tcp', 'peer'), [[0, frame(hello)]])
  assert.deepEqual(
    kept
      .of('claim')
      .map(({ about, part, via, id }) => [`${about.ip}:${about.port}`, part, via, id]),
    [
      ['192.0.2.1:4662', 'peer', 'hello', USER],
      ['203.0.113.5:4661', 'server', 'hello-server', undefined],
    ],
  )
})

/** HELLO of both sides, each with a source exchange version in options 1, then a source answer. */
function exchange(versions: readonly (number | undefined)[], answer: string): string[] {
  const transcript: (readonly [Side, Uint8Array])[] = []
  for (const [side, version] of versions.entries()) {
    if (version === undefined) continue
    const options = `03 0100 fa 00${(version * 16).toString(16).padStart(2, '0')}0000`
    const body = `${USER} 00000000 ${PORT} 01000000 ${options} 00000000 0000`
    transcript.push([side === 0 ? 0 : 1, frame(side === 0 ? `01 10 ${body}` : `4c ${body}`)])
  }
  transcript.push([1, frame(answer, 'c5')])
  const kept = checkSession(edonkey, factsOf('tcp', 'peer'), transcript)
  assert.deepEqual(kept.of('fault'), [])
  return kept
    .of('claim')
    .filter((each) => each.via === 'source-exchange' && each.part === 'peer')
    .map(({ about, reading }) => `${about.ip}:${about.port} ${reading ?? 'sure'}`)
}

test('sources of 28 bytes without a known version keep both readings', () => {
  const both = ['192.0.2.1:4662 natural', '1.2.0.192:4662 reversed']
  assert.deepEqual(exchange([undefined, undefined], `82 ${FILE} 0100 ${SX2}`), both)
  // One side's word for 3 or more is not enough: the other may have spoken only 2.
  assert.deepEqual(exchange([3, undefined], `82 ${FILE} 0100 ${SX2}`), both)
})

test('sources of 28 bytes are read one way where both HELLOs are known', () => {
  assert.deepEqual(exchange([3, 3], `82 ${FILE} 0100 ${SX3}`), ['192.0.2.1:4662 sure'])
  assert.deepEqual(exchange([4, 2], `82 ${FILE} 0100 ${SX2}`), ['192.0.2.1:4662 sure'])
  // And one word for 2 is: whoever speaks only 2 is not answered with 3.
  assert.deepEqual(exchange([2, undefined], `82 ${FILE} 0100 ${SX2}`), ['192.0.2.1:4662 sure'])
})

test('sources of 12 and 29 bytes need no version', () => {
  assert.deepEqual(exchange([undefined, undefined], `82 ${FILE} 0100 ${SX1}`), [
    '192.0.2.1:4662 sure',
  ])
  assert.deepEqual(exchange([undefined, undefined], `82 ${FILE} 0100 ${SX4}`), [
    '192.0.2.1:4662 sure',
  ])
})

test('source exchange 2 says its version', () => {
  assert.deepEqual(exchange([undefined, undefined], `84 02 ${FILE} 0100 ${SX2}`), [
    '192.0.2.1:4662 sure',
  ])
  assert.deepEqual(exchange([undefined, undefined], `84 03 ${FILE} 0100 ${SX3}`), [
    '192.0.2.1:4662 sure',
  ])
})

test('a LowID in a source list is no address under its reading', () => {
  const low = SX1.replace(IP, '39300000')
  assert.deepEqual(exchange([undefined, undefined], `82 ${FILE} 0100 ${low}`), [])
})

test('a callback through a buddy names the one who asks, and the file', () => {
  const kept = checkSession(edonkey, factsOf('tcp', 'peer'), [
    [0, frame(`99 ${FILE_KAD} ${FILE_KAD} ${IP_REVERSED} ${PORT}`, 'c5')],
  ])
  assert.deepEqual(kept.of('claim')[0], {
    type: 'claim',
    by: { ip: '192.0.2.1', port: 40_000 },
    about: { ip: '192.0.2.1', port: 4662 },
    part: 'peer',
    carriers: 'tcp',
    via: 'callback',
    content: `urn:ed2k:${FILE}`,
  })
})

test('shared-file lists and directories are shares with names and sizes', () => {
  const entry = `${FILE} 00000000 0000 02000000 02 0100 01 ${str16('a.txt')} 03 0100 02 40e20100`
  const kept = checkSession(edonkey, factsOf('tcp', 'peer'), [
    [0, frame('4a')],
    [1, frame(`4b 01000000 ${entry}`)],
    [1, frame(`60 ${str16('Music')} 01000000 ${entry}`)],
  ])
  assert.deepEqual(
    kept.of('share').map(({ via, name, size }) => [via, name, size]),
    [
      ['shared-files', 'a.txt', 123_456],
      ['shared-directory', 'a.txt', 123_456],
    ],
  )
  assert.equal(kept.of('request')[0]!.what, 'shared-files')
})

test('every message between clients goes through whole and in pieces', () => {
  const transcript: Transcript = [
    ...Object.values(CLIENT_TCP_SAMPLES).flatMap((all) =>
      all.map((each) => [0, frame(each)] as const),
    ),
    ...Object.values(EMULE_TCP_SAMPLES).flatMap((all) =>
      all.map((each) => [1, frame(each, 'c5')] as const),
    ),
  ]
  const kept = checkSession(edonkey, factsOf('tcp', 'peer'), transcript)
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    [...new Set(kept.of('message').map((each) => each.name))].sort(),
    [...Object.keys(CLIENT_TCP_SAMPLES), ...Object.keys(EMULE_TCP_SAMPLES)].sort(),
  )
})

test('part data is passed over: nothing of a 180 KB frame is kept', () => {
  const kept = new Kept(false)
  const session = edonkey.openSession!(factsOf('tcp', 'peer'), kept)
  const reader = new StreamReader(session)
  const moment = { micros: 0, frame: 1 }
  // 184,320 bytes of data: e3, size 184345 = 0x02d019, 46, hash, 0, 184320
  const head = fromHex(`e3 19d00200 46 ${FILE} 00000000 00d00200`)
  reader.push(0, head, moment)
  const piece = new Uint8Array(1440).fill(0xe3)
  for (let i = 0; i < 128; i++) {
    reader.push(0, piece, moment)
    assert.equal(reader.heldBytes, 0)
  }
  reader.push(0, frame('55'), moment)
  session.end(moment)
  assert.equal(kept.of('transfer')[0]!.bytes, 184_320)
  assert.equal(kept.of('message')[0]!.name, 'accept-upload')
  assert.deepEqual(kept.of('fault'), [])
})

test('from the middle: the first whole frames are found behind half of one', () => {
  const { transcript } = peerFlow()
  const whole = concat(...transcript.filter(([from]) => from === 1).map(([, bytes]) => bytes))
  const facts = factsOf('tcp', 'peer', false)
  // HELLOANSWER is 93 bytes; begin inside it.
  const { kept } = feed(edonkey, facts, [[1, whole.subarray(40)]])
  assert.deepEqual(kept.of('fault'), [])
  assert.equal(kept.of('message')[0]!.name, 'emule-info')
  assert.equal(kept.of('transfer')[0]!.bytes, 20_480)
  for (const cut of [1, 7, 100]) {
    assert.deepEqual(feed(edonkey, facts, [[1, whole.subarray(40)]], cut).kept.said, kept.said)
  }
})

test('after a gap reading goes on with the next chain of frames', () => {
  const kept = new Kept()
  const session = edonkey.openSession!(factsOf('tcp', 'peer'), kept)
  const reader = new StreamReader(session)
  const moment = { micros: 0, frame: 1 }
  reader.push(0, frame('55'), moment)
  reader.gap(0, 1000, moment)
  reader.push(0, concat(fromHex('00e3ffee'), frame(`54 ${FILE}`), frame('4a')), moment)
  assert.deepEqual(
    kept.of('message').map((each) => each.name),
    ['accept-upload', 'start-upload', 'ask-shared-files'],
  )
})

test('bytes between frames are a fault once, told with their offset, and reading resumes', () => {
  const { kept } = feed(edonkey, factsOf('tcp', 'peer'), [
    [0, concat(frame('55'), fromHex('001122334455'), frame(`54 ${FILE}`), frame('4a'))],
  ])
  assert.deepEqual(kept.of('fault'), [
    {
      type: 'fault',
      wire: 'edonkey/frame',
      fault: 'protocol-byte-unknown',
      side: 0,
      at: 6,
      resumes: true,
    },
  ])
  assert.equal(kept.of('message').length, 3)
})

test('a stream that never was one is given up at its first byte', () => {
  const { session } = feed(edonkey, factsOf('tcp', 'peer'), [[0, fromHex('474554202f20')]])
  assert.equal(session.lost, true)
  assert.equal(session.messages, 0)
})

test('LOGIN and HELLO share an opcode and are told apart by what they hold', () => {
  const tags = '00000000'
  const login = checkSession(edonkey, factsOf('tcp', ''), [
    [0, frame(`01 ${USER} 00000000 ${PORT} ${tags}`)],
  ])
  assert.equal(login.of('message')[0]!.name, 'login')
  const hello = checkSession(edonkey, factsOf('tcp', ''), [
    [0, frame(`01 10 ${USER} 00000000 ${PORT} ${tags} 00000000 0000`)],
  ])
  assert.equal(hello.of('message')[0]!.name, 'hello')
  // A user hash that itself begins with 10 does not make a LOGIN a HELLO.
  const sly = checkSession(edonkey, factsOf('tcp', ''), [
    [0, frame(`01 10${USER.slice(2)} 00000000 ${PORT} 01000000 03 0100 11 3c000000`)],
  ])
  assert.equal(sly.of('message')[0]!.name, 'login')
})
