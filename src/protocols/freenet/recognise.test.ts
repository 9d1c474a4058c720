/** Freenet is named by whole messages, by the numbers of a link, by keys in a path; never by ports. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import type { Transcript } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { announcement, fcp1, fcp2, KEY, link, makeTalk } from './fixtures/make-talk.ts'
import { freenet } from './index.ts'
import { keyIn } from './keys.ts'
import { linkWire } from './wire/link.ts'
import { messageWire } from './wire/message.ts'

function sightOf(flow: CapturedFlow): string {
  for (let count = 1; count <= Math.min(flow.pieces.length, 16); count++) {
    const sight = freenet.recognise(lookAt(flow, count))
    if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
    if (sight === 'no') return 'no'
  }
  return 'no'
}

const told = (...talk: Transcript) => sightOf(madeFlow('tcp', talk))
const asks = (target: string) => told([0, bytesOf(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)])

test('the wires pass the examination', () => {
  checkWire(messageWire, [
    fcp2[0]![1],
    fcp2[1]![1],
    bytesOf('Void\nEndMessage\n'),
    bytesOf('ClientHello\r\nName=a=b\r\nExpectedVersion=2.0\r\nEndMessage\r\n'),
    bytesOf('DataFound\nDataLength=1f\nData\n'),
  ])
  checkWire(linkWire, [
    link[0]![1],
    linkWire.emit({
      mode: 'restart',
      numbers: [Uint8Array.of(0x80, 1), Uint8Array.of(1), Uint8Array.of(0x7f, 2, 3)],
    }),
  ])
})

test('the fixture is what its maker makes, and every flow of it is recognised', () => {
  const path = repositoryFile('src/protocols/freenet/fixtures/talk.pcap')
  const file = new Uint8Array(readFileSync(path))
  assert.deepEqual(file, makeTalk())
  assert.deepEqual(flowsOf(file).map(sightOf), [
    'fcp certain',
    'fcp certain',
    'node certain',
    'node certain',
    'fproxy certain',
  ])
})

test('one side is enough for what is text', () => {
  assert.equal(told([1, fcp2[1]![1]]), 'fcp certain')
  const old = bytesOf('HandshakeRequest\nUniqueID=abc\nSource=tcp/192.0.2.9:19114\nEndMessage\n')
  assert.equal(told([0, old]), 'node certain')
})

test('keys: those of 0.7 and 0.5, words, and what belongs to the name', () => {
  assert.equal(keyIn(`/freenet:${KEY}/a.txt`)?.text, KEY)
  assert.equal(keyIn(KEY.replace('@', '%40'))?.form, 'new')
  const usk = KEY.replace('CHK', 'USK')
  assert.equal(keyIn(`${usk}/site/12/index.html`)?.text, `${usk}/site/12`)
  assert.equal(keyIn('freenet:KSK@gpl.txt')?.urn, 'urn:x-peerscope:freenet:KSK@gpl.txt')
  assert.equal(keyIn(`SSK@${'a'.repeat(31)},${'b'.repeat(22)}/x//`)?.form, 'old')
  assert.equal(keyIn('CHK@short'), undefined)
  assert.equal(asks('/KSK@gpl.txt'), 'fproxy likely')
  assert.equal(asks(`/${usk}/site/12/`), 'fproxy certain')
})

test('near misses: names without their fields, other lines, zeros, numbers of wrong sizes', () => {
  const text = (value: string) => told([0, bytesOf(value)])
  assert.equal(text('ClientHello\nEndMessage\n'), 'no')
  assert.equal(text('ClientHello\nhello there\n'), 'no')
  assert.equal(text('NodeHello: 1\nNode=a\nEndMessage\n'), 'no')
  assert.equal(text('ClientHelloWorld\nExpectedVersion=2.0\nEndMessage\n'), 'no')
  for (const target of ['/CHK@', '/SSK@me', `/x/${KEY}`, '/freenet:', '/USK@a,b,c/d']) {
    assert.equal(asks(target), 'no', target)
  }
  assert.equal(told([0, new Uint8Array(200)]), 'no')
  assert.equal(told([0, concat(fromHex('00000002'), bytesOf('PING\nEndMessage\n'))]), 'no')
  assert.equal(told([0, concat(fromHex('00000001'), fcp1[0]![1].subarray(4))]), 'no')
  const damaged = link[0]![1].slice()
  damaged[5] = 0x01
  assert.equal(told([0, damaged]), 'no')
  assert.equal(told([0, concat(fromHex('0001080400'), new Uint8Array(300))]), 'no')
  assert.equal(told([0, announcement[0]![1].subarray(0, 4)]), 'no')
})

test('datagrams fit only where a reference told the node, and none is named alone', () => {
  const random = link[2]![1]
  const fits = (...talk: Transcript) => freenet.fits!(lookAt(madeFlow('udp', talk)))
  assert.deepEqual(
    fits([0, random.subarray(0, 200)]).map(({ part, taughtAs, alone }) => [part, taughtAs, alone]),
    [['node', ['node'], undefined]],
  )
  assert.deepEqual(fits([0, random.subarray(0, 40)]), [])
  assert.deepEqual(fits([0, new Uint8Array(200)]), [])
})

test('other programs’ flows are none of ours', (context) => {
  const names = [
    'other-apt-http',
    'other-http1-curl',
    'gnutella',
    'bt-http-tracker-plain',
    'soulseek',
  ]
  const paths = names.flatMap((name) => sharedCapture(`real/${name}.pcap`) ?? [])
  if (paths.length === 0) return context.skip('the shared captures are not on this machine')
  for (const path of paths) {
    for (const flow of flowsOf(readFileSync(path))) {
      assert.equal(sightOf(flow), 'no', path)
    }
  }
})
