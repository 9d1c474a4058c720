/** Messages of one connection: where bodies end, what is collected, what survives damage. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { bytesOf, concat } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { Moment, Out, Session } from '../../core/protocol.ts'
import { checkSession, factsOf, feed, Kept, type Transcript } from '../../core/session-check.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { latin1 } from '../../core/text.ts'
import { type HttpBody, HttpExchange, type HttpHandler, type HttpMessage } from './http-stream.ts'

/** Says what it reads as messages, so that the session examination can compare. */
class Reader implements Session, HttpHandler {
  need = 0
  lost = false
  rest = ''
  readonly http: HttpExchange
  readonly out: Out
  readonly collect: number

  constructor(out: Out, collect: number) {
    this.out = out
    this.collect = collect
    this.http = new HttpExchange(this)
  }

  get messages(): number {
    return this.http.messages
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (this.http.upgraded) {
      this.rest += latin1(bytes)
      return bytes.length
    }
    const used = this.http.data(from, bytes, at)
    this.need = this.http.need
    return used
  }

  gap(from: Side, missing: number, at: Moment): void {
    this.http.gap(from, missing, at)
  }

  end(at: Moment): void {
    this.http.end(at)
    if (this.rest !== '') this.#say('rest', 0, { rest: this.rest })
  }

  head(): number {
    return this.collect
  }

  body(message: HttpMessage, body: HttpBody): void {
    this.#say('body', message.side, {
      line: message.head.startLine,
      asked: message.asked?.request?.target ?? '',
      body: latin1(body.bytes),
      whole: body.whole,
      size: body.size,
    })
  }

  fault(fault: string, side: Side, offset: number): void {
    this.out.say({ type: 'fault', wire: 'http', fault, side, at: offset, resumes: true })
  }

  #say(name: string, side: Side, fields: { [key: string]: string | number | boolean }): void {
    this.out.say({ type: 'message', log: 'http', name, side, fields })
  }
}

const protocol = (collect = 1000) => ({
  openSession: (_: unknown, out: Out): Session => new Reader(out, collect),
})

function bodies(transcript: Transcript, collect?: number) {
  const kept = checkSession(protocol(collect), factsOf('tcp', 'x'), transcript)
  return kept.of('message').map((said) => said.fields)
}

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

test('pipelined requests meet their responses; HEAD, 204 and 304 have no body', () => {
  const said = bodies([
    [0, bytesOf(GET('/1') + GET('/2') + GET('/3').replace('GET', 'HEAD') + GET('/4'))],
    [1, bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 204 No\r\n\r\n')],
    [1, bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 Same\r\n\r\n')],
  ])
  const answers = said.filter((fields) => String(fields.line).startsWith('HTTP'))
  assert.deepEqual(
    answers.map((fields) => [fields.asked, fields.body, fields.whole, fields.size]),
    [
      ['/1', 'abc', true, 3],
      ['/2', '', true, 0],
      ['/3', '', true, 0],
      ['/4', '', true, 0],
    ],
  )
})

test('chunked bodies with extensions and trailers; an interim answer does not use up the request', () => {
  const said = bodies([
    [0, bytesOf('POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n')],
    [
      1,
      bytesOf('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
    ],
    [
      1,
      bytesOf(
        '5;x=y\r\nhello\r\nA\r\n, world !!\r\n0\r\nTrailer: t\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      ),
    ],
  ])
  assert.deepEqual(
    said.map((fields) => [fields.asked, fields.body]),
    [
      ['', 'hi'],
      ['/p', ''],
      ['/p', 'hello, world !!'],
      ['', ''],
    ],
  )
})

test('without a length the body runs until the connection ends', () => {
  const said = bodies([
    [0, bytesOf('GET / HTTP/1.0\r\n\r\n')],
    [1, bytesOf('HTTP/1.0 200 OK\r\n\r\nuntil the end')],
  ])
  assert.deepEqual(said[1], {
    line: 'HTTP/1.0 200 OK',
    asked: '/',
    body: 'until the end',
    whole: true,
    size: 13,
  })
})

test('content encodings are undone, also in chunks', () => {
  const gz = gzipSync('a'.repeat(500))
  const zl = deflateSync('b'.repeat(500))
  const said = bodies([
    [0, bytesOf(GET('/1') + GET('/2'))],
    [
      1,
      concat(
        bytesOf(
          `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${gz.length}\r\n\r\n`,
        ),
        gz,
      ),
    ],
    [
      1,
      concat(
        bytesOf(
          `HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n${zl.length.toString(16)}\r\n`,
        ),
        zl,
        bytesOf('\r\n0\r\n\r\n'),
      ),
    ],
  ])
  assert.equal(said[2]!.body, 'a'.repeat(500))
  assert.equal(said[3]!.body, 'b'.repeat(500))
})

test('a body above the bound is collected up to it and counted in full', () => {
  const said = bodies(
    [
      [0, bytesOf(GET('/'))],
      [1, bytesOf(`HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(5000)}`)],
    ],
    10,
  )
  assert.deepEqual([said[1]!.body, said[1]!.whole, said[1]!.size], ['x'.repeat(10), false, 5000])
})

test('after 101 the rest is the session’s', () => {
  const said = bodies([
    [0, bytesOf('GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')],
    [1, bytesOf('HTTP/1.1 101 Switching\r\n\r\n\x81\x00')],
    [0, bytesOf('\x82\x00')],
  ])
  assert.equal(said[2]!.rest, '\x81\x00\x82\x00')
})

test('a called side may ask: roles follow the start line, not the side', () => {
  const said = bodies([
    [1, bytesOf(GET('/pushed'))],
    [0, bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')],
  ])
  assert.deepEqual([said[1]!.asked, said[1]!.body], ['/pushed', 'ok'])
})

test('a gap inside a body costs only its bytes; the next message is read', () => {
  const kept = new Kept()
  const session = new Reader(kept, 1000)
  const reader = new StreamReader(session)
  const at = { micros: 0, frame: 0 }
  reader.push(0, bytesOf(GET('/1') + GET('/2')), at)
  reader.push(1, bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'), at)
  reader.gap(1, 5, at)
  reader.push(1, bytesOf('deHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz'), at)
  session.end(at)
  const said = kept.of('message').map((message) => message.fields)
  assert.deepEqual([said[2]!.whole, said[2]!.size, said[2]!.asked], [false, 5, '/1'])
  assert.deepEqual([said[3]!.whole, said[3]!.body, said[3]!.asked], [true, 'z', '/2'])
})

test('bad lengths and chunk sizes are faults with their place, and reading goes on', () => {
  const faults = (text: string) =>
    feed(protocol(), factsOf('tcp', 'x'), [[1, bytesOf(text)]])
      .kept.of('fault')
      .map((said) => [said.fault, said.at])
  assert.deepEqual(faults('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'), [
    ['content-length-bad', 0],
  ])
  assert.deepEqual(faults('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'), [
    ['chunk-size-bad', 47],
  ])
  assert.deepEqual(faults('hello there\r\n\r\nHTTP/1.1 204 No\r\n\r\n'), [
    ['start-line-unknown', 0],
  ])
})
