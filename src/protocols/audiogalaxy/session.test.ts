/** A redirector, a server and a peer say the same however they are cut, and what they mean. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { concat } from '../../core/bytes.ts'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, feed } from '../../core/session-check.ts'
import {
  makeTalk,
  NEARLY,
  peerTalk,
  redirectorTalk,
  serverTalk,
  TRANSFER,
} from './fixtures/make-talk.ts'
import { audiogalaxy } from './index.ts'
import { frameWire } from './wire/frame.ts'
import { messageWire } from './wire/message.ts'

const FILE = repositoryFile('src/protocols/audiogalaxy/fixtures/talk.pcap')
const SONG = 'urn:x-peerscope:audiogalaxy:transfer:01d6a9741a5c6e973cee08ca3cee08cb'

test('the fixture is what its maker makes, and every flow of it is recognised', () => {
  const file = new Uint8Array(readFileSync(FILE))
  assert.deepEqual(file, makeTalk())
  const parts = flowsOf(file).map((flow) => {
    const sight = audiogalaxy.recognise(lookAt(flow, 1))
    return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
  })
  assert.deepEqual(parts, ['redirector certain', 'server certain', 'peer certain'])
})

test('the redirector claims a server', () => {
  const kept = checkSession(audiogalaxy, factsOf('tcp', 'redirector'), redirectorTalk)
  assert.deepEqual(
    kept.of('claim').map(({ about, part, via }) => ({ about, part, via })),
    [{ about: { ip: '198.51.100.82', port: 21 }, part: 'server', via: 'redirection' }],
  )
})

test('login, share and commanded transfer: client, share, claim; the password is not told', () => {
  const kept = checkSession(audiogalaxy, factsOf('tcp', 'server'), serverTalk)
  const [client] = kept.of('client')
  assert.deepEqual([client!.nick, client!.version], ['listener', '0.520L'])
  assert.equal(JSON.stringify(kept.said).includes('secret'), false)
  assert.deepEqual(
    kept.of('claim').map(({ about, content }) => [about.ip, about.port, content]),
    [
      ['192.0.2.10', 0, undefined],
      ['203.0.113.77', 41_009, SONG],
    ],
  )
  assert.deepEqual(
    kept.of('share').map(({ name, size, by }) => [name, size, by.ip]),
    [
      ['Artist - Title.mp3', 2_939_672, '192.0.2.1'],
      ['Another - Song.mp3', 3000, '203.0.113.77'],
    ],
  )
  assert.deepEqual(kept.of('fault'), [])
  assert.equal(kept.of('message').length, 10)
})

test('between peers: request and transfer, by the id that the server gave', () => {
  const kept = checkSession(audiogalaxy, factsOf('tcp', 'peer'), peerTalk)
  const [opener, other] = factsOf('tcp', 'peer').ends
  assert.deepEqual(kept.of('transfer'), [
    { type: 'transfer', from: other, to: opener, content: SONG, bytes: 3000, via: 'direct' },
  ])
  assert.equal(kept.of('request')[0]!.content, SONG)
})

test('a name that climbs out of its folder is a threat', () => {
  const frame = frameWire.emit({
    number: 1,
    payload: messageWire.emit({
      type: 'file-transfer',
      transfer: TRANSFER,
      connect: 0,
      receive: 1,
      ip: '203.0.113.77',
      port: 41_010,
      localId: 1,
      name: '..\\..\\start.exe',
      size: 1,
    }),
  })
  const { kept } = feed(audiogalaxy, factsOf('tcp', 'server'), [[1, frame]])
  assert.deepEqual(
    kept.of('threat').map(({ threat }) => threat),
    ['path-traversal'],
  )
  // Told to listen: the client's own port is claimed, the far side is known by address alone.
  assert.deepEqual(
    kept.of('claim').map(({ about }) => `${about.ip}:${about.port}`),
    ['203.0.113.77:0', '192.0.2.1:41010'],
  )
})

test('damage between frames is a fault, and the next frame is read', () => {
  const transcript = [
    [0, serverTalk[0]![1]],
    [0, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)],
    [0, serverTalk[2]![1]],
  ] as const
  const { kept } = feed(audiogalaxy, factsOf('tcp', 'server'), transcript)
  assert.deepEqual(
    kept.of('fault').map(({ fault, at }) => [fault, at]),
    [['magic-wrong', serverTalk[0]![1].length]],
  )
  assert.equal(kept.of('message').at(-1)!.name, 'ready-to-send-shares')
})

test('what only begins so is not AudioGalaxy', () => {
  for (const bytes of NEARLY) {
    assert.equal(audiogalaxy.recognise(lookAt(madeFlow('tcp', [[0, bytes]]))), 'no')
  }
  const half = concat(serverTalk[0]![1]).subarray(0, 40)
  assert.equal(
    (audiogalaxy.recognise(lookAt(madeFlow('tcp', [[0, half]]))) as { sureness: string }).sureness,
    'likely',
  )
})

test('log lines keep to the schema', () => {
  const check = new Ajv2020({ allErrors: true }).compile(audiogalaxy.logs!.audiogalaxy!)
  for (const [part, talk] of [
    ['redirector', redirectorTalk],
    ['server', serverTalk],
    ['peer', peerTalk],
  ] as const) {
    for (const { fields } of feed(audiogalaxy, factsOf('tcp', part), talk).kept.of('message')) {
      assert.ok(check(fields), JSON.stringify([fields, check.errors]))
    }
  }
})

test('other programs’ flows are none of ours', (context) => {
  const names = ['opennap', 'mixed-classic-p2p-oddports', 'other-apt-http', 'ed2k-server-plain']
  const paths = names.flatMap((name) => sharedCapture(`real/${name}.pcap`) ?? [])
  if (paths.length === 0) return context.skip('the shared captures are not on this machine')
  for (const path of paths) {
    for (const flow of flowsOf(readFileSync(path))) {
      assert.equal(audiogalaxy.recognise(lookAt(flow)), 'no', path)
    }
  }
})
