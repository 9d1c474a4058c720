/** Frames, words, asks and redirections are read and written, and survive any bytes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../../core/bytes.ts'
import { flowsOf } from '../../../core/captured-flows.ts'
import { repositoryFile } from '../../../core/repository.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { askWire, fileAskAt } from './ask.ts'
import { COMMANDS, commandOf } from './commands.ts'
import { bigFrameWire, frameWire } from './frame.ts'
import { metaserverWire } from './metaserver.ts'
import { wordsOf, wordsWire } from './words.ts'

/** Section 10 of the protocol reference: 12 bytes of type 2. */
const GOLDEN = concat(fromHex('0c00 0200'), bytesOf('foo bad 6699'))
/** From fixtures/server.pcap: TekNap's registration and OpenNap-NG's answer. */
const REGISTER = concat(fromHex('2700 0600'), bytesOf('bobby pwb9 6699 "TekNap" 0 blah@opennap'))
const NICK_FREE = fromHex('0000 0800')

test('the contract of frames, in both orders', () => {
  checkWire(frameWire, [GOLDEN, REGISTER, NICK_FREE])
  checkWire(bigFrameWire, [concat(fromHex('000c 0002'), bytesOf('foo bad 6699'))])
})

test('the contract of words, asks and redirections', () => {
  checkWire(wordsWire, [
    bytesOf('foo badpass 6699 "nap v0.8" 3'),
    bytesOf('two  spaces and one at the end '),
    bytesOf('FILENAME CONTAINS "a "quoted" string" MAX_RESULTS 100'),
    bytesOf('lefty "User" 1203 "80\'s " "Active" 0 0 0 3 "nap v0.8"'),
  ])
  checkWire(askWire, [
    bytesOf('GETbobby "\\mp3\\Garage Band - Loud Amp.mp3" 0'),
    bytesOf('SENDlefty "C:\\a b\\c.mp3" 443332'),
    bytesOf('GETLIST'),
    bytesOf('GETLIST\n'),
    bytesOf('SENDLIST lefty\n'),
  ])
  checkWire(metaserverWire, [
    bytesOf('64.124.41.18:8888'),
    bytesOf('64.124.41.18:8888\n'),
    bytesOf('198.51.100.1:8888\r\n198.51.100.2:7777\r\n'),
  ])
})

test('the golden frame is type 2 with twelve bytes', () => {
  assert.deepEqual(frameWire.parse(GOLDEN, 0), {
    kind: 'message',
    message: { number: 2, text: bytesOf('foo bad 6699') },
    size: 16,
  })
})

test('an unknown type with text is kept, with noise it is out of step', () => {
  const text = concat(fromHex('0200 2823'), bytesOf('ok'))
  assert.equal(frameWire.parse(text, 0).kind, 'message')
  assert.deepEqual(frameWire.parse(fromHex('0200 2823 0001'), 0), {
    kind: 'malformed',
    fault: 'out-of-step',
    at: 0,
  })
})

test('quotes hold spaces; a quote inside of quotes is part of the word', () => {
  const values = (text: string) => wordsOf(text).map(({ value }) => value)
  assert.deepEqual(values('lefty "generic band - generic song.mp3" 3'), [
    'lefty',
    'generic band - generic song.mp3',
    '3',
  ])
  assert.deepEqual(values('CONTAINS "a "quoted"'), ['CONTAINS', 'a "quoted'])
  assert.deepEqual(values('"never closed'), ['never closed'])
})

test('data may follow a SEND at once', () => {
  const found = fileAskAt(concat(bytesOf('SENDme "x.mp3" 3'), fromHex('fffb90')))
  assert.deepEqual(found?.ask, { type: 'send', nick: 'me', path: 'x.mp3', number: '3' })
  assert.equal(found?.size, 16)
})

test('HTTP is no ask', () => {
  for (const text of ['GET /index.html HTTP/1.1', 'GET "a" 0', 'SEND "a" 0']) {
    assert.equal(askWire.parse(bytesOf(text), 0).kind, 'malformed', text)
  }
})

test('every type stands once in the table, and every type of the fixture in it', () => {
  assert.equal(new Set(COMMANDS.map(([number]) => number)).size, COMMANDS.length)
  assert.ok(COMMANDS.length >= 160)
  const file = repositoryFile('src/protocols/opennap/fixtures/server.pcap')
  const [flow] = flowsOf(readFileSync(file))
  for (const side of [0, 1] as const) {
    const pieces = flow!.pieces.filter(({ from }) => from === side)
    const stream = concat(...pieces.map(({ bytes }) => bytes))
    let at = 0
    while (at < stream.length) {
      const outcome = frameWire.parse(stream, at)
      assert.equal(outcome.kind, 'message')
      if (outcome.kind !== 'message') return
      assert.notEqual(commandOf(outcome.message.number), undefined)
      at += outcome.size
    }
    assert.equal(at, stream.length)
  }
})
