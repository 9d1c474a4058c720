/** Asks between clients where the capture began behind the SYN: the words are the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import { opennap } from './index.ts'

function told(caller: string, hail: string): string {
  const talk = [
    [1, bytesOf(hail)],
    [0, bytesOf(caller)],
  ] as const
  const sight = opennap.recognise({ ...lookAt(madeFlow('tcp', talk, false)), final: true })
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

test('hail and ask are certain, also where no SYN was captured', () => {
  // As TekNap says it.
  assert.equal(told('GETbobby "\\tmp\\mp3\\Garage Band - Loud Amp.mp3" 0', '1'), 'peer certain')
  assert.equal(told('GETbobby "\\tmp\\mp3\\Garage Band - Loud Amp.mp3" 0', '2'), 'no')
  assert.equal(told('GET /index.html HTTP/1.1', '1'), 'no')
})
