/** What encryption hid is told with the packet that told it; the contents looked for are those asked for, the latest. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event, Request } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { Wishes } from './wishes.ts'

const CALLER = { ip: '192.0.2.9', port: 40_000 }
const CALLED = { ip: '10.99.3.7', port: 6881 }
const CONTENT = `urn:btih:${'5a'.repeat(20)}`

test('a wish is told with the packet that told it, once', () => {
  const told: Event[] = []
  const wishes = new Wishes([], (event) => told.push(event))
  const of = { standing: { flow: 12 } }
  const packet = { capture: 'peerscope0', frame: 4, micros: 9e15 }
  wishes.read(of, packet)
  assert.deepEqual(told, [])
  wishes.wish({ caller: CALLER, called: CALLED, family: 'echo', content: CONTENT })
  wishes.read(of, packet)
  wishes.read(of, { ...packet, frame: 5 })
  assert.deepEqual(told, [
    {
      ...{ type: 'request', by: CALLER, of: CALLED, what: 'encrypted', content: CONTENT },
      ...{ family: 'echo', flow: 12, micros: 9e15, capture: 'peerscope0', frame: 4 },
      ...{ ends: [CALLER, CALLED], carrier: 'tcp' },
    },
  ])
})

test('contents are those that an operator named and those asked for, within the bound', () => {
  const wishes = new Wishes(['urn:btih:named'], () => assert.fail('nothing was wished'))
  const asked = (content: string) => {
    const request = { type: 'request', by: CALLER, of: CALLED, what: 'handshake', content }
    wishes.see(request as unknown as Request)
  }
  asked(CONTENT)
  asked(CONTENT)
  assert.deepEqual(wishes.contents, ['urn:btih:named', CONTENT])
  for (let n = 2; n < limits.honeynetContentsMax; n++) asked(`urn:btih:${n}`)
  assert.equal(wishes.contents[0], 'urn:btih:named')
  asked('urn:btih:last')
  assert.equal(wishes.contents.length, limits.honeynetContentsMax)
  assert.deepEqual([wishes.contents[0], wishes.contents.at(-1)], [CONTENT, 'urn:btih:last'])
})
