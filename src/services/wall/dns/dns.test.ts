/** Names that are refused: what a query asks, by which entry it is refused, the answer, and exports. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, hex } from '../../../core/bytes.ts'
import {
  dnsmasqFile,
  piholePermitted,
  piholeRegexes,
  rpzZone,
  suricataNames,
  unboundFile,
} from './exports.ts'
import { Names, plainName } from './names.ts'
import { denial, questionOf } from './question.ts'

/** dig +noedns A dht.EXAMPLE.com, by RFC 1035: id, RD, one question. */
const QUERY = fromHex(
  'abcd 0100 0001 0000 0000 0000 03 646874 07 4558414d504c45 03 636f6d 00 0001 0001',
)
const NAME_HEX = '0364687407' + '4558414d504c45' + '03636f6d00'

test('a query is read; what is none is left alone', () => {
  const question = questionOf(QUERY)!
  assert.deepEqual(
    [question.name, question.type, question.id, question.isRecursionDesired],
    ['dht.example.com', 1, 0xabcd, true],
  )
  // EDNS stands behind the question (RFC 6891), and changes nothing.
  const edns = fromHex(`${hex(QUERY)}0000291000000000000000`)
  edns[11] = 1
  assert.equal(questionOf(edns)?.name, 'dht.example.com')
  const response = QUERY.slice()
  response[2] = 0x81
  assert.equal(questionOf(response), undefined)
  const two = QUERY.slice()
  two[5] = 2
  assert.equal(questionOf(two), undefined)
  const chaos = QUERY.slice()
  chaos[chaos.length - 1] = 3
  assert.equal(questionOf(chaos), undefined)
  // A name that points elsewhere is not how one asks.
  assert.equal(questionOf(fromHex('abcd 0100 0001 0000 0000 0000 c00c 0001 0001')), undefined)
  for (let size = 0; size < QUERY.length; size++) {
    assert.equal(questionOf(QUERY.subarray(0, size)), undefined)
  }
  const long = fromHex(`abcd01000001000000000000${`3f${'61'.repeat(63)}`.repeat(5)}0000010001`)
  assert.equal(questionOf(long), undefined)
})

test('the answer: REFUSED with the question as it was asked, or this machine itself', () => {
  const question = questionOf(QUERY)!
  assert.equal(
    hex(denial(question, 'refused')),
    // QR, RD, RA, rcode 5; one question, no answer.
    `abcd8185${'0001000000000000'}${NAME_HEX}00010001`,
  )
  assert.equal(
    hex(denial(question, 'local')),
    `abcd8180${'0001000100000000'}${NAME_HEX}00010001${'c00c000100010000003c00047f000001'}`,
  )
  const six = QUERY.slice()
  six[six.length - 3] = 28
  assert.match(hex(denial(questionOf(six)!, 'local')), /c00c001c00010000003c0010(?:00){15}01$/)
  // Of other types (65, HTTPS) there is nothing.
  const https = QUERY.slice()
  https[https.length - 3] = 65
  assert.equal(
    hex(denial(questionOf(https)!, 'local')),
    `abcd8180${'0001000000000000'}${NAME_HEX}00410001`,
  )
  const iterative = QUERY.slice()
  iterative[2] = 0
  assert.equal(hex(denial(questionOf(iterative)!, 'refused')).slice(4, 8), '8085')
})

test('a name is refused with all below it; the longest entry decides', () => {
  const names = new Names(['Example.com.', '*.tracker.test', 'bad name', ''], ['www.example.com'])
  assert.equal(names.find('example.com'), 'example.com')
  assert.equal(names.find('a.b.EXAMPLE.com'), 'example.com')
  assert.equal(names.find('www.example.com'), undefined)
  assert.equal(names.find('x.www.example.com'), undefined)
  assert.equal(names.find('notexample.com'), undefined)
  assert.equal(names.find('com'), undefined)
  assert.equal(names.find('x.tracker.test'), 'tracker.test')
  assert.equal(names.leftOut, 2)
  assert.deepEqual(names.hits, [
    { name: 'example.com', hits: 2 },
    { name: 'tracker.test', hits: 1 },
  ])
  // What goes into a resolver's configuration must not end its line.
  for (const evil of [
    'a.com/\nserver=9.9.9.9',
    'a"b.com',
    '-a.com',
    'a..com',
    `${'a'.repeat(64)}.com`,
  ]) {
    assert.equal(plainName(evil), undefined)
  }
})

test('exports for dnsmasq, unbound, RPZ, Pi-hole and Suricata', () => {
  const names = new Names(['b.example', 'a.example'], ['ok.a.example'])
  assert.equal(
    dnsmasqFile(names, 'refused'),
    'server=/ok.a.example/#\naddress=/a.example/\naddress=/b.example/\n',
  )
  assert.match(
    dnsmasqFile(names, 'local'),
    /address=\/a\.example\/127\.0\.0\.1\naddress=\/a\.example\/::1\n/,
  )
  assert.equal(
    unboundFile(names, 'refused'),
    'server:\n  local-zone: "ok.a.example." transparent\n  local-zone: "a.example." always_refuse\n' +
      '  local-zone: "b.example." always_refuse\n',
  )
  assert.match(
    unboundFile(names, 'local'),
    /local-zone: "b\.example\." redirect\n {2}local-data: "b\.example\. 60 IN A 127\.0\.0\.1"\n/,
  )
  assert.equal(
    rpzZone(names, 'refused', 7),
    '$TTL 60\n@ SOA localhost. root.localhost. 7 3600 600 86400 60\n@ NS localhost.\n' +
      'ok.a.example CNAME rpz-passthru.\n*.ok.a.example CNAME rpz-passthru.\n' +
      'a.example CNAME .\n*.a.example CNAME .\nb.example CNAME .\n*.b.example CNAME .\n',
  )
  assert.match(
    rpzZone(names, 'local', 7),
    /\*\.a\.example A 127\.0\.0\.1\n\*\.a\.example AAAA ::1\n/,
  )
  assert.equal(piholeRegexes(names), '(\\.|^)a\\.example$\n(\\.|^)b\\.example$\n')
  assert.equal(piholePermitted(names), '(\\.|^)ok\\.a\\.example$\n')
  // `printf .a.example | base64`
  assert.match(suricataNames(names), /^LmEuZXhhbXBsZQ==\n/)
})
