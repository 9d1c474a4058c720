/** The smaller wires: handshake, GGEP, extensions, semi-reliable UDP, Gnutella2 packets, caches. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { bytesOf, concat, fromHex, hex } from '../../../core/bytes.ts'
import { limits } from '../../../core/limits.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { emitExtensions, extensionsWire, textExtension } from './extensions.ts'
import { emitG2, type G2Packet, g2, g2Child, g2Wire, parseG2 } from './g2-packet.ts'
import { emitGgep, ggepData, ggepItem, ggepWire, parseGgep } from './ggep.ts'
import {
  cacheAnswerWire,
  cacheRequest,
  hostsOf,
  isCacheAnswer,
  parseCacheAnswer,
} from './gwebcache.ts'
import { handshakeWire, parseHandshake } from './handshake.ts'
import { parseSrUdp, srUdpWire } from './sr-udp.ts'

test('handshakes of 0.4 and 0.6 read back to themselves', () => {
  checkWire(handshakeWire, [
    bytesOf('GNUTELLA CONNECT/0.4\n\n'),
    bytesOf('GNUTELLA OK\n\n'),
    bytesOf('GNUTELLA CONNECT/0.6\r\nNode: 192.0.2.1:6346\r\nX-Ultrapeer: False\r\n\r\n'),
    bytesOf('GNUTELLA/0.6 503 Too many leaves\r\nX-Try: 192.0.2.1:6346,192.0.2.2:6347\r\n\r\n'),
  ])
})

test('handshakes with too many or too long headers are refused with their own faults', () => {
  const many = `GNUTELLA CONNECT/0.6\r\n${'A: b\r\n'.repeat(limits.httpHeadersMax + 1)}\r\n`
  const outcome = parseHandshake(bytesOf(many), 0)
  assert.ok(outcome.kind === 'malformed' && outcome.fault === 'too-many-headers')
  const long = parseHandshake(bytesOf(`GNUTELLA CONNECT/0.6\r\nX-Long: ${'C'.repeat(20_000)}`), 0)
  assert.ok(long.kind === 'malformed' && long.fault === 'head-too-long')
  const other = parseHandshake(bytesOf('HTTP/1.1 200 OK\r\n\r\n'), 0)
  assert.deepEqual(other, { kind: 'malformed', fault: 'not-a-handshake', at: 0 })
})

test('GGEP blocks read back to themselves, with lengths of one, two and three bytes', () => {
  checkWire(ggepWire, [
    fromHex('c3 03534350 4101 82 5643 45 47544b4783'),
    emitGgep({ items: [ggepItem('BH')] }),
    emitGgep({ items: [ggepItem('PUSH', new Uint8Array(64)), ggepItem('T', 'x')] }),
    emitGgep({ items: [ggepItem('IPP', new Uint8Array(5_000))] }),
  ])
})

test('GGEP data: COBS and deflate are undone, damage gives nothing', () => {
  // COBS of 11 22 00 33 is 03 11 22 02 33 (Cheshire and Baker).
  const cobs = { ...ggepItem('X', fromHex('0311220233')), cobs: true }
  assert.equal(hex(ggepData(cobs)!), '11220033')
  assert.equal(ggepData({ ...cobs, data: fromHex('0511') }), undefined)
  const zipped = { ...ggepItem('X', deflateSync('hello')), deflated: true }
  assert.equal(hex(ggepData(zipped)!), hex(bytesOf('hello')))
  assert.equal(ggepData({ ...zipped, data: bytesOf('no zlib') }), undefined)
})

test('GGEP faults have their place', () => {
  const fault = (text: string) => {
    const outcome = parseGgep(fromHex(text), 0)
    return outcome.kind === 'malformed' ? [outcome.fault, outcome.at] : outcome.kind
  }
  assert.deepEqual(fault('c2'), ['ggep-magic-missing', 0])
  assert.deepEqual(fault('c3 80'), ['ggep-id-empty', 1])
  assert.deepEqual(fault('c3 91 41 40'), ['ggep-flag-reserved', 1])
  assert.deepEqual(fault('c3 81 00 40'), ['ggep-id-not-text', 2])
  assert.deepEqual(fault('c3 81 41 00'), ['ggep-length-bad', 3])
  assert.deepEqual(fault('c3 81 41 80 80 80'), ['ggep-length-bad', 5])
  assert.equal(fault('c3 81 41 41'), 'need')
})

test('extensions read back to themselves', () => {
  checkWire(extensionsWire, [
    emitExtensions([textExtension('urn:sha1:'), textExtension('old text')]),
    emitExtensions([{ type: 'ggep', block: { items: [ggepItem('H')] } }]),
  ])
})

// protocols.md section 10: a query key request for 93.47.226.53:28681.
const QKR = fromHex('474e4410 3e8f 01 01 54 0b 514b52 50 06 524e41 5d2fe235 0970')

test('semi-reliable UDP: fragments and acknowledgements (golden vector)', () => {
  checkWire(srUdpWire, [QKR, fromHex('474e44 00 ab60 01 00'), fromHex('475441 03 0001 02 03 aabb')])
  const outcome = parseSrUdp(QKR, 0)
  assert.ok(outcome.kind === 'message')
  const { tag, flags, sequence, part, count, payload } = outcome.message
  assert.deepEqual([tag, flags, sequence, part, count], ['GND', 0x10, 0x3e8f, 1, 1])
  const packet = parseG2(payload, 0)
  assert.ok(packet.kind === 'message')
  assert.equal(packet.message.name, 'QKR')
  assert.equal(hex(g2Child(packet.message, 'RNA')!.payload), '5d2fe2350970')
})

test('semi-reliable UDP: unknown critical flags and parts outside the count are faults', () => {
  const fault = (text: string) => {
    const outcome = parseSrUdp(fromHex(text), 0)
    return outcome.kind === 'malformed' ? outcome.fault : outcome.kind
  }
  assert.equal(fault('474e44 04 0001 01 01'), 'critical-flag-unknown')
  assert.equal(fault('474e44 00 0001 02 01'), 'part-outside')
  assert.equal(fault('474e44 00 0001'), 'fragment-cut')
  assert.equal(fault('474e45 00 0001 01 01'), 'tag-unknown')
})

const TREE = g2('QH2', fromHex('00 00112233445566778899aabbccddeeff'), [
  g2('NA', fromHex('c0000209 ca18')),
  g2('H', undefined, [g2('DN', bytesOf('blue danube.ogg')), g2('SZ', fromHex('400d0300'))]),
])

test('Gnutella2 packets read back to themselves', () => {
  const bigEndian: G2Packet = { ...g2('Q2', fromHex('0102')), bigEndian: true, lengthBytes: 2 }
  const ended: G2Packet = {
    ...g2('LNI', undefined, [g2('V', bytesOf('GTKG'))]),
    ended: true,
    lengthBytes: 1,
  }
  checkWire(g2Wire, [
    QKR.slice(8),
    emitG2(TREE),
    emitG2(g2('PO')),
    emitG2(bigEndian),
    emitG2(ended),
  ])
})

test('Gnutella2: depth is bounded, children cannot leave their parent', () => {
  let deep = g2('A')
  for (let level = 1; level < 8; level++) deep = g2('A', undefined, [deep])
  assert.equal(parseG2(emitG2(deep), 0).kind, 'message')
  const deeper = parseG2(emitG2(g2('A', undefined, [g2('A', undefined, [deep])])), 0)
  assert.ok(deeper.kind === 'malformed' && deeper.fault === 'g2-too-deep')
  const outside = parseG2(fromHex('54 05 514b52 50 06 524e41'), 0)
  assert.deepEqual(outside, { kind: 'malformed', fault: 'g2-child-outside', at: 5 })
  assert.deepEqual(parseG2(fromHex('c8 ffffff 4142'), 0), {
    kind: 'malformed',
    fault: 'g2-too-long',
    at: 0,
  })
})

test('answers of caches read back to themselves, both versions', () => {
  checkWire(cacheAnswerWire, [
    bytesOf('198.51.100.5:6346\n198.51.100.6:6347\n'),
    bytesOf('OK\r\nWARNING: x\r\n'),
    bytesOf(
      'H|198.51.100.61:6346|60|cluster\nU|http://gwc.example/gwc.php|3600\nI|pong|gwc|gnutella2\n',
    ),
  ])
})

test('a cache’s answer is told from a page', () => {
  const lines = (text: string) => {
    const outcome = parseCacheAnswer(bytesOf(text), 0)
    assert.ok(outcome.kind === 'message')
    return outcome.message
  }
  assert.ok(!isCacheAnswer(lines('<html>\n198.51.100.5:6346\n')))
  assert.ok(!isCacheAnswer(lines('hello\n')))
  const answer = lines('H|198.51.100.61:6346|60\nU|http://a/b|1\n')
  assert.ok(isCacheAnswer(answer))
  assert.deepEqual(hostsOf(answer), [{ ip: '198.51.100.61', port: 6346 }])
})

test('requests of caches: both versions, and what looks like one but is none', () => {
  assert.deepEqual(cacheRequest('/gwc.php?hostfile=1&client=MLDK&version=3.2.1.git'), {
    asks: ['hostfile'],
    client: 'MLDK',
    version: '3.2.1.git',
  })
  assert.deepEqual(
    cacheRequest('/?update=1&net=gnutella2&client=RAZA2.7&ip=192.0.2.9%3A6346&x_leaves=12'),
    {
      asks: ['update', 'ip'],
      net: 'gnutella2',
      client: 'RAZA',
      version: '2.7',
      ip: { ip: '192.0.2.9', port: 6346 },
      leaves: 12,
    },
  )
  for (const target of ['/', '/?client=MLDK', '/?get=1', '/?get=1&client=Firefox', '/?ip=1']) {
    assert.equal(cacheRequest(target), undefined, target)
  }
})

test('a deflated fragment keeps its bytes for whoever puts it together', () => {
  const zipped = deflateSync(emitG2(TREE))
  const outcome = parseSrUdp(concat(fromHex('474e44 01 0001 01 01'), zipped), 0)
  assert.ok(outcome.kind === 'message')
  assert.equal(hex(outcome.message.payload), hex(zipped))
})
