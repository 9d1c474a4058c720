/** Sessions that are HTTP: what moved is said once, and what follows an upgrade is left alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { factsOf, Kept } from '../../core/session-check.ts'
import { HttpSession } from './http-session.ts'
import type { HttpBody, HttpMessage } from './http-stream.ts'

const moment = { micros: 1, frame: 1 }

class Download extends HttpSession {
  override head({ side, request }: HttpMessage): number {
    if (request?.target.includes('..')) this.tellAskedOutside(side, request.target)
    return 0
  }

  override body({ side, asked }: HttpMessage, { size }: HttpBody): void {
    const target = asked?.request?.target
    if (target === undefined) return
    this.moved(side, size, { ...(target !== '/' && { content: `urn:${target}` }), via: 'test' })
  }
}

/** @param said  side and bytes, one after the other */
function played(...said: readonly (readonly [Side, string])[]) {
  const out = new Kept()
  const facts = factsOf('tcp', 'any')
  const session = new Download('test/http', facts, out)
  for (const [side, words] of said) {
    const bytes = bytesOf(words)
    for (let at = 0; at < bytes.length; ) {
      const used = session.data(side, bytes.subarray(at), moment)
      assert.ok(used > 0, `${words} from ${at}`)
      at += used
    }
  }
  session.end(moment)
  return { out, session, ends: facts.ends }
}

test('bytes of a content are added up, side by side', () => {
  const ask = (target: string) => [0, `GET ${target} HTTP/1.1\r\n\r\n`] as const
  const answer = (body: string) =>
    [1, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`] as const
  const { out, session, ends } = played(
    ask('a'),
    answer('12345'),
    ask('/'),
    answer('67'),
    ask('a'),
    answer('890'),
  )
  assert.equal(session.messages, 6)
  const [to, from] = ends
  assert.deepEqual(out.of('transfer'), [
    { type: 'transfer', from, to, content: 'urn:a', bytes: 8, via: 'test' },
    { type: 'transfer', from, to, bytes: 2, via: 'test' },
  ])
})

test('a path that steps outside is told with who asked', () => {
  const { out, ends } = played([0, 'GET /../x HTTP/1.1\r\n\r\n'])
  const [threat] = out.of('threat')
  assert.equal(threat?.threat, 'path-traversal')
  assert.deepEqual(threat?.by, ends[0])
})

test('behind an upgrade nothing is read, and no fault is told', () => {
  const { out, session } = played(
    [0, 'GET / HTTP/1.1\r\nUpgrade: other\r\n\r\n'],
    [1, 'HTTP/1.1 101 Switching\r\nUpgrade: other\r\n\r\n'],
    [1, 'Content-Length: no head'],
  )
  assert.equal(session.lost, true)
  assert.equal(session.messages, 2)
  assert.deepEqual(out.of('fault'), [])
})

test('faults bear the name of their wire', () => {
  const { out } = played([0, 'POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n'])
  assert.deepEqual(
    out.of('fault').map(({ wire, fault }) => [wire, fault]),
    [['test/http', 'content-length-bad']],
  )
})
