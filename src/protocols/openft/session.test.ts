/** What a link and a download mean, however their bytes are cut; the fixture is what its maker makes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, lookAt, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, feed } from '../../core/session-check.ts'
import { download, makeLink, talk } from './fixtures/make-link.ts'
import { openft } from './index.ts'
import { frameWire } from './wire/frame.ts'

const [USER, HUB] = factsOf('tcp', 'node').ends
const URN = 'urn:md5:634539c449a6513c852c7e388b09cca4'

test('a link: who takes part, who has what, who searches', () => {
  const kept = checkSession(openft, factsOf('tcp', 'node'), talk)
  assert.deepEqual(
    kept.of('claim').map(({ by, about, part, via, content }) => {
      return `${by.ip} ${about.ip}:${about.port} ${part} ${via} ${content ?? ''}`.trim()
    }),
    [
      `${HUB.ip} ${HUB.ip}:1215 node nodeinfo`,
      `${HUB.ip} ${HUB.ip}:1216 http nodeinfo`,
      `${HUB.ip} 203.0.113.9:2215 node nodelist`,
      `${USER.ip} ${USER.ip}:3215 node nodeinfo`,
      `${USER.ip} ${USER.ip}:3216 http nodeinfo`,
      `${HUB.ip} 203.0.113.77:4215 node search-result ${URN}`,
      `${HUB.ip} 203.0.113.77:4216 http search-result ${URN}`,
      `${HUB.ip} ${HUB.ip}:1215 node search-parent`,
    ],
  )
  assert.deepEqual(kept.of('share'), [
    { type: 'share', by: USER, content: URN, via: 'share-add', name: 'a song.mp3', size: 2299 },
    {
      type: 'share',
      by: USER,
      content: 'urn:md5:a0a1a2a3a4a5a6a7a8a9aaabacadaeaf',
      via: 'share-add',
      name: 'b.txt',
      size: 7,
    },
    {
      type: 'share',
      by: { ip: '203.0.113.77', port: 4216 },
      content: URN,
      via: 'search-result',
      name: 'blue danube.mp3',
      size: 2299,
    },
  ])
  const search = { type: 'search', by: USER, via: 'search', text: 'blue danube' }
  assert.deepEqual(kept.of('search'), [search])
  assert.deepEqual(
    kept.of('client').map(({ version, nick, listens }) => `${version} ${nick} ${listens?.port}`),
    [
      '0.2.1.6 undefined undefined',
      '0.2.1.6 undefined undefined',
      'undefined hub 1215',
      'undefined alice 3215',
      'undefined bob 4216',
    ],
  )
  assert.deepEqual(kept.of('fault'), [])
})

test('a link of 2002: nodes with 18 bytes of address, results with a hash in text', () => {
  const ip = fromHex('0004 cb007109 000000000000000000000000')
  const frame = (command: number, ...parts: Uint8Array[]): Uint8Array =>
    frameWire.emit({ stream: false, command, body: concat(...parts) })
  const hash = bytesOf('634539C449A6513C852C7E388B09CCA4\0/c.ogg\0')
  const kept = checkSession(openft, factsOf('tcp', 'node'), [
    [0, fromHex('0000 0000')],
    [1, fromHex('0006 0001 0000 0000 0005')],
    [1, frame(7, ip, fromHex('08a7 0002'))],
    [1, frame(201, fromHex('00000006'), ip, fromHex('08a7 08a8 00000001 00000020'), hash)],
    [1, fromHex('0004 8069 00000000')],
  ])
  assert.deepEqual(
    kept.of('claim').map(({ about, part, via }) => `${about.ip}:${about.port} ${part} ${via}`),
    [
      '203.0.113.9:2215 node nodelist',
      '203.0.113.9:2215 node search-result',
      '203.0.113.9:2216 http search-result',
    ],
  )
  assert.deepEqual(
    kept.of('share').map(({ content, name, size }) => [content, name, size]),
    [[URN, 'c.ogg', 32]],
  )
  assert.deepEqual(
    kept.of('fault').map(({ fault, resumes }) => [fault, resumes]),
    [['stream-header-cut', false]],
  )
})

test('pushes claim who wants to be called; damage in one body leaves the next to be read', () => {
  const kept = checkSession(openft, factsOf('tcp', 'node'), [
    [1, fromHex('0008 0001 0000 0002 0001 0006')],
    [1, frameWire.emit({ stream: false, command: 106, body: bytesOf('short') })],
    [
      1,
      frameWire.emit({
        stream: false,
        command: 300,
        body: concat(fromHex('0004 cb007109 08a8'), bytesOf('/a\0'), fromHex('00000000 00000009')),
      }),
    ],
  ])
  assert.deepEqual(
    kept.of('claim').map(({ about, part, via }) => `${about.ip}:${about.port} ${part} ${via}`),
    ['203.0.113.9:2216 http push'],
  )
  assert.deepEqual(
    kept.of('fault').map(({ fault, resumes }) => [fault, resumes]),
    [['body-cut', true]],
  )
})

test('a download: names on both sides, the file by its MD5', () => {
  const kept = checkSession(openft, factsOf('tcp', 'transfer'), download)
  assert.deepEqual(
    kept.of('client').map(({ nick }) => nick),
    ['alice', 'bob'],
  )
  assert.deepEqual(kept.of('transfer'), [
    {
      type: 'transfer',
      from: HUB,
      to: USER,
      content: URN,
      name: 'blue danube.mp3',
      bytes: 2299,
      via: 'http',
    },
  ])
  assert.equal(kept.of('share')[0]?.size, 2299)
})

test('the fixture is what its maker makes, every flow of it is found, its log keeps to the schema', () => {
  const file = new Uint8Array(
    readFileSync(repositoryFile('src/protocols/openft/fixtures/link.pcap')),
  )
  assert.deepEqual(file, makeLink())
  const check = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
    openft.logs!.openft!,
  )
  const parts: string[] = []
  for (const flow of flowsOf(file)) {
    const sight = openft.recognise(lookAt(flow))
    assert.ok(typeof sight !== 'string')
    parts.push(sight.part)
    const transcript = transcriptOf(flow)
    const { kept } = feed(openft, factsOfFlow(flow, sight.part), transcript)
    for (const one of kept.of('message')) {
      assert.ok(check(one.fields), `${one.name}: ${JSON.stringify(check.errors)}`)
    }
  }
  assert.deepEqual(parts, ['node', 'transfer'])
})
