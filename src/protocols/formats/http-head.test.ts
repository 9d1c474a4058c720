/** Heads of requests and responses: lines, folding, bounds, and the helpers that read their words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import { checkWire } from '../../core/wire-check.ts'
import {
  header,
  headerLists,
  headersByName,
  headersOf,
  httpHeadWire,
  isBlankLine,
  nextLine,
  parseHttpHead,
  queryPairs,
  requestLine,
  standsAt,
  statusLine,
  targetParts,
  textOf,
  wholeSize,
} from './http-head.ts'

const REQUEST = 'GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nAccept: x\r\nAccept: y\r\n\r\n'
const LF_ONLY = 'NAME CONNECT/0.4\nUser-Agent: old\n\n'

function headOf(text: string) {
  const outcome = parseHttpHead(bytesOf(text), 0)
  assert.equal(outcome.kind, 'message', JSON.stringify(outcome))
  if (outcome.kind !== 'message') throw new Error()
  return outcome.message
}

test('a head reads back to itself, cut and damaged heads are told apart', () => {
  checkWire(httpHeadWire, [
    bytesOf(REQUEST),
    bytesOf(LF_ONLY),
    bytesOf('HTTP/1.0 503 Busy\r\n\r\n'),
    bytesOf('NAME/0.6 200 OK\r\nX: \xff\xe4\r\nno colon here\r\n\r\n'),
  ])
})

test('lines, names and values are told apart, and names are found in any case', () => {
  const head = headOf(`${REQUEST}body`)
  assert.equal(head.size, REQUEST.length)
  assert.deepEqual(head.words, ['GET', '/a?b=c', 'HTTP/1.1'])
  assert.equal(header(head, 'host'), 'example.org')
  assert.deepEqual(headersOf(head, 'accept'), ['x', 'y'])
  assert.ok(headerLists(head, 'accept', 'y'))
  assert.ok(!headerLists(head, 'accept', 'z'))
  assert.equal(header(headOf(LF_ONLY), 'user-agent'), 'old')
})

test('a folded line continues the header before it', () => {
  const head = headOf('X / HTTP/1.1\r\nX-Alt: 1.2.3.4,\r\n\t5.6.7.8\r\nB:c\r\n\r\n')
  assert.deepEqual(head.headers, [
    ['X-Alt', '1.2.3.4, 5.6.7.8'],
    ['B', 'c'],
  ])
})

test('both bounds have their own fault, at the place where they are passed', () => {
  const many = `A / HTTP/1.1\r\n${'a: b\r\n'.repeat(limits.httpHeadersMax + 1)}\r\n`
  assert.deepEqual(parseHttpHead(bytesOf(many), 0), {
    kind: 'malformed',
    fault: 'too-many-headers',
    at: 14 + 6 * limits.httpHeadersMax,
  })
  const long = `A / HTTP/1.1\r\na: ${'b'.repeat(limits.httpHeadBytesMax)}`
  assert.deepEqual(parseHttpHead(bytesOf(long), 0), {
    kind: 'malformed',
    fault: 'head-too-long',
    at: limits.httpHeadBytesMax,
  })
  assert.equal(parseHttpHead(bytesOf(long.slice(0, limits.httpHeadBytesMax - 1)), 0).kind, 'need')
})

test('bytes that are no text are refused at once, not awaited', () => {
  assert.deepEqual(parseHttpHead(bytesOf('GE\x00'), 0), {
    kind: 'malformed',
    fault: 'start-line-not-text',
    at: 2,
  })
})

test('start lines of requests and responses; blanks in a target stay', () => {
  assert.deepEqual(requestLine(headOf('GET /get/1/a b.mp3 HTTP/1.0\r\n\r\n')), {
    method: 'GET',
    target: '/get/1/a b.mp3',
    version: 'HTTP/1.0',
  })
  assert.deepEqual(statusLine(headOf('HTTP/1.1 404 Not Found\r\n\r\n')), {
    protocol: 'HTTP',
    version: '1.1',
    code: 404,
    reason: 'Not Found',
  })
  assert.deepEqual(statusLine(headOf('HTTP 503 Server Busy\r\n\r\n')), {
    protocol: 'HTTP',
    version: '',
    code: 503,
    reason: 'Server Busy',
  })
  assert.equal(statusLine(headOf('HTTP/1.1 204\r\n\r\n'))?.code, 204)
  assert.equal(statusLine(headOf('GET / HTTP/1.1\r\n\r\n')), undefined)
})

test('targets and query strings are decoded byte by byte', () => {
  assert.deepEqual(targetParts('/a%20b?x=%ff'), { path: '/a b', query: 'x=%ff' })
  assert.deepEqual(queryPairs('x=%ff+y&z&bad=%g1'), [
    ['x', '\xff y'],
    ['z', ''],
    ['bad', '%g1'],
  ])
  assert.equal(textOf('\xc3\xa4'), 'ä')
  assert.equal(textOf('\xe4'), 'ä')
})

test('a target may hold any byte but the line feed', () => {
  const head = headOf('GET /a?h=\x00\x01 \r\xff HTTP/1.0\r\n\r\n')
  assert.deepEqual(requestLine(head), {
    method: 'GET',
    target: '/a?h=\x00\x01 \r\xff',
    version: 'HTTP/1.0',
  })
})

test('lines are found without a head being read', () => {
  const bytes = bytesOf('GET / HTTP/1.1\r\nhOsT: a\r\n\r\nX')
  const second = nextLine(bytes, 0)
  assert.equal(second, 16)
  assert.ok(standsAt(bytes, second, 'host:'))
  assert.ok(!standsAt(bytes, second, 'hosts'))
  const third = nextLine(bytes, second)
  assert.ok(isBlankLine(bytes, third) && !isBlankLine(bytes, second))
  assert.equal(nextLine(bytes, third + 2), -1)
})

test('how large the whole is that a response brings a part of', () => {
  const size = (rest: string): number | undefined => wholeSize(headOf(`HTTP/1.1 ${rest}\r\n\r\n`))
  assert.equal(size('206 Partial\r\nContent-Range: bytes 0-99/1234\r\nContent-Length: 100'), 1234)
  assert.equal(size('206 Partial\r\nContent-Range: bytes 0-99/*\r\nContent-Length: 100'), undefined)
  assert.equal(size('200 OK\r\nContent-Length: 77'), 77)
  assert.equal(size('200 OK\r\nContent-Length: 77\r\nTransfer-Encoding: chunked'), undefined)
  assert.equal(size('404 Not Found\r\nContent-Length: 77'), undefined)
})

test('headers by name: lower case, twice joined, whatever they are called', () => {
  const head = headOf('GET / HTTP/1.1\r\nX-A: 1\r\n__proto__: b\r\nx-a: \xc3\xa4\r\n\r\n')
  assert.deepEqual(Object.entries(headersByName(head)), [
    ['x-a', '1, ä'],
    ['__proto__', 'b'],
  ])
})
