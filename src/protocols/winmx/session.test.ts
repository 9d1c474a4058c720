/** Links are recognised by their key blocks and say who speaks; what only looks so is not. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf, concat } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import {
  block,
  cacheTalk,
  chatTalk,
  HAIL,
  makeLinks,
  oldTalk,
  primaryTalk,
  secondaryTalk,
  type Talk,
} from './fixtures/make-links.ts'
import { winmx } from './index.ts'

/** As the engine asks: after each piece, until something is said. */
function sightOf(flow: CapturedFlow): string {
  for (let count = 1; count <= flow.pieces.length; count++) {
    const sight = winmx.recognise(lookAt(flow, count))
    if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
    if (sight === 'no') return 'no'
  }
  return 'no'
}

test('the fixture is what its maker makes, and every flow of it is recognised', () => {
  const file = new Uint8Array(
    readFileSync(repositoryFile('src/protocols/winmx/fixtures/links.pcap')),
  )
  assert.deepEqual(file, makeLinks())
  assert.deepEqual(flowsOf(file).map(sightOf), [
    'cache certain',
    'node certain',
    'node certain',
    'chat certain',
    'node likely',
  ])
})

test('roles are told, and how much cannot be read', () => {
  const told = (part: string, talk: Talk) =>
    checkSession(winmx, factsOf('tcp', part), talk)
      .of('message')
      .map(({ side, fields }) => `${side} ${fields.type} ${fields.role ?? fields.bytes ?? ''}`)
  assert.deepEqual(told('node', primaryTalk), [
    '0 key-block primary-client',
    '1 key-block primary-server',
    '0 enciphered 19',
    '1 enciphered 40',
  ])
  assert.deepEqual(told('node', secondaryTalk).slice(0, 2), [
    '0 key-block secondary-client',
    '1 key-block secondary-server',
  ])
  assert.deepEqual(told('chat', chatTalk).slice(0, 2), [
    '0 key-block chat-client',
    '1 key-block chat-server',
  ])
  assert.deepEqual(told('cache', cacheTalk), ['1 node-list 149'])
  assert.deepEqual(told('node', oldTalk), ['0 old-hail ', '0 enciphered 22'])
})

test('a block that comes in the same segment as the hail is read as well', () => {
  const flow = madeFlow('tcp', [
    [0, block(0x57)],
    [1, concat(HAIL, block(0x58))],
  ])
  // The engine asks of it only when the hail is there.
  const sight = winmx.recognise(lookAt(flow))
  assert.equal(
    typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`,
    'chat certain',
  )
})

test('one side is likely; roles that do not belong together, or one block that fails, are no link', () => {
  const of = (...talk: Talk) => sightOf(madeFlow('tcp', talk))
  assert.equal(of([1, HAIL], [0, block(0x50)]), 'node likely')
  assert.equal(of([1, HAIL], [0, block(0x50)], [1, block(0x53)]), 'no')
  assert.equal(of([1, HAIL], [0, block(0x51)], [1, block(0x50)]), 'no')
  assert.equal(of([1, HAIL], [0, new Uint8Array(16)], [1, block(0x51)]), 'no')
})

/** The list that OpenDPI and ipp2p match, without a block that checks. */
const KNOWN = new Uint8Array(149).fill(0x11)
KNOWN[0] = 0x38
KNOWN.fill(0, 17, 29)
KNOWN.fill(0, 39, 41)
KNOWN.set([0x7e, 0xdf], 135)
KNOWN.set([0xf7, 0x92], 147)

test('the list that other tools match is likely, and one byte less is not', () => {
  assert.equal(sightOf(madeFlow('tcp', [[1, KNOWN]])), 'cache likely')
  assert.equal(sightOf(madeFlow('tcp', [[1, KNOWN.subarray(0, 148)]])), 'no')
  const other = KNOWN.slice()
  other[135] = 0
  assert.equal(sightOf(madeFlow('tcp', [[1, other]])), 'no')
})

test('near misses: transfers that hail alike, lines that begin with 1 or 8', () => {
  const misses: readonly Talk[] = [
    [
      [1, HAIL],
      [0, bytesOf('GET')],
      [0, bytesOf('me "C:\\a.mp3" 0')],
      [1, bytesOf('443332')],
    ],
    [[1, bytesOf('1')]],
    [
      [1, bytesOf('150 opening')],
      [0, bytesOf('0123456789abcdef')],
    ],
    [[1, bytesOf('8')]],
    [[1, bytesOf('8'.repeat(149))]],
    [
      [0, bytesOf('1')],
      [1, bytesOf('2')],
    ],
    [[0, bytesOf('1CLIENT and a line\n')]],
    [[0, bytesOf('1CLIE')]],
  ]
  for (const talk of misses) assert.equal(sightOf(madeFlow('tcp', talk)), 'no')
})

test('a caller alone fits only where the endpoint is known', () => {
  const fits = winmx.fits!(lookAt(madeFlow('tcp', [[0, block(0x52)]])))
  assert.deepEqual(
    fits.map(({ part, taughtAs, alone }) => [part, taughtAs, alone]),
    [
      ['node', ['node'], undefined],
      ['chat', ['chat'], undefined],
    ],
  )
  assert.deepEqual(winmx.fits!(lookAt(madeFlow('tcp', [[0, bytesOf('0123456789abcdef')]]))), [])
})

test('log lines keep to the schema', () => {
  const check = new Ajv2020({ allErrors: true }).compile(winmx.logs!.winmx!)
  for (const [part, talk] of [
    ['node', primaryTalk],
    ['node', oldTalk],
    ['cache', cacheTalk],
  ] as const) {
    for (const { fields } of checkSession(winmx, factsOf('tcp', part), talk).of('message')) {
      assert.ok(check(fields), JSON.stringify([fields, check.errors]))
    }
  }
})

test('other programs’ flows are none of ours', (context) => {
  const names = ['opennap', 'mixed-classic-p2p-oddports', 'other-apt-http', 'bt-mse', 'fasttrack']
  const paths = names.flatMap((name) => sharedCapture(`real/${name}.pcap`) ?? [])
  if (paths.length === 0) return context.skip('the shared captures are not on this machine')
  for (const path of paths) {
    for (const flow of flowsOf(readFileSync(path))) {
      assert.equal(sightOf(flow), 'no', path)
    }
  }
})
