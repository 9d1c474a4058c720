/** iMesh is likely where whole patterns stand, and never more. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, type Transcript } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import {
  answer,
  datagrams,
  eightyFour,
  eightyThree,
  frames,
  here,
  makeTalk,
  registration,
} from './fixtures/make-talk.ts'
import { imesh } from './index.ts'
import { datagramWire } from './wire/datagram.ts'
import { frameWire } from './wire/frame.ts'

function sightOf(flow: CapturedFlow): string {
  for (let count = 1; count <= Math.min(flow.pieces.length, 8); count++) {
    const sight = imesh.recognise(lookAt(flow, count))
    if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
    if (sight === 'no') return 'no'
  }
  return 'no'
}

const udp = (...talk: Transcript) => sightOf(madeFlow('udp', talk))
const tcp = (...talk: Transcript) => sightOf(madeFlow('tcp', talk))

test('the wires pass the examination', () => {
  checkWire(datagramWire, [here(40_000), answer, eightyThree, eightyFour])
  checkWire(frameWire, [frames[0]![1], frames[1]![1]])
})

test('the fixture is what its maker makes, and its flows are likely', () => {
  const path = repositoryFile('src/protocols/imesh/fixtures/talk.pcap')
  const file = new Uint8Array(readFileSync(path))
  assert.deepEqual(file, makeTalk())
  assert.deepEqual(flowsOf(file).map(sightOf), ['peer likely', 'server likely', 'login likely'])
})

test('one way is unsure, and near misses are nothing', () => {
  assert.equal(udp([0, eightyThree]), 'peer unsure')
  assert.equal(udp([0, here(40_001)]), 'no')
  assert.equal(udp([0, fromHex('02'.padEnd(72, '0'))]), 'no')
  assert.equal(udp([0, fromHex('02000000'.padEnd(64, '0'))]), 'no')
  assert.equal(udp([0, eightyThree], [1, answer.subarray(0, 31)]), 'no')
  const noMark = eightyThree.slice()
  noMark[24] = 0x41
  assert.equal(udp([0, noMark]), 'no')
  assert.equal(tcp([0, fromHex('1c000000'.padEnd(56, '0'))]), 'no')
  assert.equal(tcp([0, new Uint8Array(64)]), 'no')
  const split = frames[0]![1]
  assert.equal(tcp([0, split.subarray(0, 40)], [0, split.subarray(40)]), 'no')
  assert.equal(tcp([0, concat(split, split)]), 'server likely')
  assert.equal(tcp([0, concat(split, split.subarray(0, 20))]), 'no')
  assert.equal(tcp([0, concat(split, Uint8Array.of(0))]), 'no')
  const other = 'POST /registration HTTP/1.1\r\nHost: example.org\r\n\r\n'
  assert.equal(tcp([0, bytesOf(other)]), 'no')
})

test('sessions tell the address of the sender, and no passwords', () => {
  const kept = checkSession(imesh, factsOf('udp', 'peer'), datagrams)
  assert.deepEqual(
    kept.of('claim').map(({ about }) => `${about.ip}:${about.port}`),
    ['192.0.2.1:40000'],
  )
  const framed = checkSession(imesh, factsOf('tcp', 'server'), frames)
  assert.deepEqual(
    framed.of('message').map(({ fields }) => fields.code),
    [0x8004, 0x8007],
  )
  const logged = checkSession(imesh, factsOf('tcp', 'login'), registration)
  assert.doesNotMatch(JSON.stringify(logged.said), /Og==/)
  const check = new Ajv2020({ allErrors: true }).compile(imesh.logs!.imesh!)
  for (const { fields } of [kept, framed, logged].flatMap((one) => one.of('message'))) {
    assert.ok(check(fields), JSON.stringify(fields))
  }
})

test('other programs that begin with 02 00 are none of ours', (context) => {
  const names = ['tristation.pcap', 'roughtime.pcap', 'teams.pcap', 'stun.pcap']
  const paths = names.flatMap((name) => sharedCapture(`third-party/other/ndpi/${name}`) ?? [])
  if (paths.length === 0) return context.skip('the shared captures are not on this machine')
  for (const path of paths) {
    for (const flow of flowsOf(readFileSync(path))) {
      if (flow.pieces.length > 0) assert.equal(sightOf(flow), 'no', path)
    }
  }
})
