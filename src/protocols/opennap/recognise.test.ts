/** Logins, chains of frames, asks and redirections are recognised; what only looks so is not. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { frame } from './fixtures/make-rest.ts'
import { opennap } from './index.ts'

/** As the engine asks: after each piece, until something is said. */
function sightOf(flow: CapturedFlow): string {
  for (let count = 1; count <= Math.min(16, flow.pieces.length); count++) {
    const sight = opennap.recognise(lookAt(flow, count))
    if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
    if (sight === 'no' && count > 2) break
  }
  return 'no'
}

function fixture(name: string): CapturedFlow[] {
  const file = repositoryFile(`src/protocols/opennap/fixtures/${name}.pcap`)
  return flowsOf(readFileSync(file))
}

test('fixtures', () => {
  assert.deepEqual(fixture('server').map(sightOf), ['server certain'])
  assert.deepEqual(fixture('browse').map(sightOf), ['peer certain'])
  assert.deepEqual(fixture('download').map(sightOf), ['peer certain'])
  assert.deepEqual(fixture('rest').map(sightOf), [
    'metaserver unsure',
    'server certain',
    'peer certain',
    'peer certain',
    'peer certain',
    'server certain',
  ])
})

test('one side alone: a login is certain, three frames are, a nick check is nothing', () => {
  const login = frame(2, 'foo badpass 6699 "nap v0.8" 3')
  assert.equal(sightOf(madeFlow('tcp', [[0, login]])), 'server certain')
  const motd = [3, 621, 621, 214].map((number) => frame(number, MOTD[number]!))
  assert.equal(sightOf(madeFlow('tcp', [[1, concat(...motd)]])), 'server certain')
  assert.equal(sightOf(madeFlow('tcp', [[0, frame(7, 'alice')]])), 'no')
})

test('texts behind a length of 32 bits are no frames of type 0', () => {
  const texts = ['{"jsonrpc":"2.0","id":1}', 'the second', 'and a third', 'a fourth one'] as const
  const errors = texts.map((text) => frame(0, text))
  for (const side of [0, 1] as const) {
    assert.equal(sightOf(madeFlow('tcp', [[side, concat(...errors)]])), 'no')
    assert.equal(sightOf(madeFlow('tcp', [[side, concat(...errors)]], false)), 'no')
  }
  const bare = fromHex('00000009 00000009 0000000d 00000009')
  assert.equal(sightOf(madeFlow('tcp', [[0, bare]], false)), 'no')
  const motd = [frame(0, texts[0]), frame(3, 'a@b'), frame(621, MOTD[621]!), frame(621, 'again')]
  assert.equal(sightOf(madeFlow('tcp', [[1, concat(...motd)]])), 'server certain')
})

const MOTD: Readonly<Record<number, string>> = {
  3: 'anon@opennap',
  621: 'Welcome to the server, and read this line',
  214: '553 64692 254',
}

test('a server connection is found from its middle, also in front of half a frame', () => {
  const result =
    '"\\mp3\\a.mp3" 00000000000000000000000000000000 95712 128 44100 5 carol 1735459019 0'
  const flow = madeFlow(
    'tcp',
    [
      [1, fromHex('61 62 63')],
      [1, frame(201, result)],
      [1, frame(201, result)],
      [1, frame(202)],
      [1, frame(214, '3 3 0')],
    ],
    false,
  )
  assert.equal(sightOf(flow), 'server certain')
})

test('an ask without the hail is likely, as only one side was captured', () => {
  const flow = madeFlow('tcp', [[0, bytesOf('GETbobby "\\mp3\\a.mp3" 0')]])
  assert.equal(sightOf(flow), 'peer likely')
})

test('an ask that the capture cut is likely behind a hail, or by a whole path', () => {
  const cut = bytesOf('GETbobby "\\mp3\\a')
  const talk = [
    [1, bytesOf('1')],
    [0, cut],
  ] as const
  assert.equal(sightOf(madeFlow('tcp', talk)), 'peer likely')
  assert.equal(sightOf(madeFlow('tcp', [[0, cut]])), 'peer likely')
  assert.equal(sightOf(madeFlow('tcp', [[0, bytesOf('GETbobby "song')]])), 'no')
})

test('what says nothing by itself fits only where a server named the endpoint', () => {
  const fitsOf = (flow: CapturedFlow) =>
    opennap.fits!(lookAt(flow)).map(({ part, alone }) => `${part} ${alone ?? 'if taught'}`)
  assert.deepEqual(fitsOf(madeFlow('tcp', [])), ['peer if taught', 'server if taught'])
  const answer = concat(bytesOf('195712'), new Uint8Array(1400).fill(0xff))
  assert.deepEqual(fitsOf(madeFlow('tcp', [[1, answer]])), ['peer if taught'])
  assert.deepEqual(fitsOf(madeFlow('tcp', [[1, bytesOf('1 line\n')]])), [])
  const body = Array.from({ length: 9 }, () => [1, new Uint8Array(1448)] as const)
  assert.deepEqual(fitsOf(madeFlow('tcp', body, false)), ['peer if taught'])
  assert.deepEqual(fitsOf(madeFlow('tcp', body)), [])
})

test('near misses are not recognised', () => {
  const misses: readonly (readonly (readonly [0 | 1, Uint8Array])[])[] = [
    // HTTP, also with an answer that begins with 1.
    [
      [0, bytesOf('GET /a HTTP/1.1\r\n\r\n')],
      [1, bytesOf('1')],
    ],
    // A hail alone, and a hail with something else.
    [[1, bytesOf('1')]],
    [
      [1, bytesOf('1')],
      [0, bytesOf('HELO there')],
    ],
    // Lists are asked for only where the hail was heard.
    [[0, bytesOf('GETLIST\n')]],
    [
      [0, bytesOf('GETLIST\n')],
      [1, bytesOf('200 OK')],
    ],
    // Who tells a caller his own address, or another line, is no metaserver.
    [[1, bytesOf('192.0.2.1:40000\n')]],
    [[1, bytesOf('198.51.100.2:8888')]],
    [[1, bytesOf('220 ftp ready\r\n')]],
    [[1, bytesOf('1.2.3.4:80 hello\n')]],
    // Zeros, numbers and lengths that begin as frames.
    [
      [0, new Uint8Array(64)],
      [1, new Uint8Array(64)],
    ],
    [[0, fromHex('0500 0200 0102030405')]],
    [[0, fromHex('0400 0700 6162')]],
    [[0, concat(fromHex('0b00 0200'), bytesOf('hello world'))]],
    [
      [0, frame(7, 'alice')],
      [1, bytesOf('HTTP/1.0 400 Bad')],
    ],
    // Both sides speak as clients.
    [
      [0, frame(7, 'alice')],
      [1, frame(7, 'alice')],
    ],
  ]
  for (const transcript of misses) {
    assert.equal(sightOf(madeFlow('tcp', transcript)), 'no', JSON.stringify(transcript))
  }
})

test('UDP is never looked at', () => {
  assert.equal(opennap.starts.udp, undefined)
  assert.deepEqual(opennap.fits!(lookAt(madeFlow('udp', [[0, bytesOf('x')]]))), [])
})

test('opennap: all eight flows of the whole capture; no flow of others', (context) => {
  const path = sharedCapture('real/opennap.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const sights = flowsOf(readFileSync(path)).map(sightOf)
  assert.deepEqual(sights.sort(), [
    ...Array<string>(5).fill('peer certain'),
    ...Array<string>(3).fill('server certain'),
  ])
  for (const name of ['mixed-classic-p2p-oddports', 'other-apt-http', 'dc-nmdc', 'fasttrack']) {
    const other = sharedCapture(`real/${name}.pcap`)
    if (other === undefined) continue
    for (const flow of flowsOf(readFileSync(other))) {
      assert.equal(sightOf(flow), 'no', `${name} ${JSON.stringify(flow.ends)}`)
    }
  }
})
