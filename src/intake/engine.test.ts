/** From packets to events: how flows are recognised, read, taken back and accounted for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../core/bytes.ts'
import { limits } from '../core/limits.ts'
import { A, B, Bench, C, cardOf, joined, unreadable, whisper } from './engine-in-test.ts'
import { ACK, FIN, ip4Of, RST, SYN, tcpOf, udpOf } from './packet/packets-in-test.ts'

/** The verdicts of all flows, in short. */
function verdicts(bench: Bench): (string | undefined)[] {
  return bench.flows.map(({ p2p }) => p2p && `${p2p.family} ${p2p.part} ${p2p.sureness}`)
}

test('a flow is recognised by its opener, read from its first byte, and accounted for', () => {
  const bench = new Bench()
  const tcp = bench.tcp().open()
  const start = bench.frame
  tcp.send(0, 'WHISPER hello\n').send(1, 'well met\n').close()
  bench.end()
  assert.deepEqual(bench.texts, ['hello', 'well met'])
  assert.deepEqual(
    bench.of('message').map(({ side, frame }) => [side, frame]),
    [
      [0, start + 1],
      [1, start + 2],
    ],
  )
  const [recognition] = bench.recognitions
  assert.equal(recognition!.part, 'talk')
  assert.equal(recognition!.frame, start + 1)
  assert.deepEqual(recognition!.ends, [A, B])
  assert.deepEqual(verdicts(bench), ['whisper talk certain'])
  const [flow] = bench.flows
  assert.deepEqual(flow!.payloadBytes, [14, 9])
  assert.equal(flow!.fromStart, true)
  assert.equal(flow!.frame, 1)
  assert.deepEqual(flow!.p2p!.reasons, ['begins WHISPER'])
  assert.deepEqual(
    [...bench.engine.accounts.messages.get('whisper')!],
    [
      ['line', 2],
      ['end', 1],
    ],
  )
})

test('the other side may be the one that shows it', () => {
  const bench = new Bench()
  bench.tcp().open().send(1, 'WHISPER I listen\n').send(0, 'and I called\n').close()
  bench.end()
  assert.deepEqual(bench.texts, ['I listen', 'and I called'])
  assert.deepEqual(verdicts(bench), ['whisper talk certain'])
})

test('a start that comes in pieces is waited for', () => {
  const bench = new Bench()
  const tcp = bench.tcp().open()
  for (const letter of 'WHISPER') tcp.send(0, letter)
  assert.equal(bench.recognitions.length, 0)
  tcp.send(0, ' hello\n')
  assert.equal(bench.recognitions.length, 1)
  assert.deepEqual(bench.texts, ['hello'])
  // It is recognised at the segment that decided, whose frame the message has, too.
  assert.equal(bench.recognitions[0]!.frame, bench.frame)
  assert.equal(bench.of('message')[0]!.frame, bench.frame)
})

test('what is read again when a flow is recognised has the frames it came in', () => {
  const bench = new Bench()
  const tcp = bench.tcp().open()
  tcp.send(0, '~ one\n')
  const first = bench.frame
  const firstMicros = bench.micros - 1000
  tcp.send(1, 'two\n')
  for (let i = 0; i < limits.lookSegments; i++) tcp.send(0, `${'x'.repeat(40)}\n`)
  const [one, two] = bench.of('message')
  assert.deepEqual([one!.fields.text, one!.frame, one!.micros], ['one', first, firstMicros])
  assert.deepEqual([two!.fields.text, two!.frame, two!.side], ['two', first + 1, 1])
  const [recognition] = bench.recognitions
  assert.equal(recognition!.sureness, 'likely')
  assert.equal(recognition!.frame, first + limits.lookSegments - 1)
})

test('what is only likely is said when the flow ends undecided', () => {
  const bench = new Bench()
  bench.tcp().open().send(0, '~ one\n').close()
  assert.equal(bench.recognitions.length, 0)
  bench.end()
  assert.deepEqual(verdicts(bench), ['whisper murmur likely'])
  assert.deepEqual(bench.texts, ['one'])
})

test('datagrams are recognised and read one by one', () => {
  const bench = new Bench()
  bench.udp(A, B, 'whisper hello').udp(B, A, 'whisper yes').udp(A, B, 'more')
  bench.end()
  assert.deepEqual(bench.texts, ['hello', 'yes', 'more'])
  assert.deepEqual(
    bench.of('message').map(({ side }) => side),
    [0, 1, 0],
  )
  assert.deepEqual(verdicts(bench), ['whisper talk certain'])
})

test('a session that gives up without having read anything takes the recognition back', () => {
  const bench = new Bench()
  const tcp = bench.tcp().open().send(0, '~ lost\n')
  for (let i = 0; i < limits.lookSegments; i++) tcp.send(1, 'y\n')
  bench.end()
  assert.deepEqual(
    bench.recognitions.map(({ withdrawn }) => withdrawn !== undefined),
    [false, true],
  )
  assert.deepEqual(verdicts(bench), [undefined])
  assert.deepEqual(bench.texts, [])
  assert.equal(bench.engine.accounts.withdrawn, 1)
})

test('a session that gives up after messages keeps its flow, and what it read', () => {
  const bench = new Bench()
  bench.tcp().open().send(0, '~ one\nlost\nnever read\n').close()
  bench.end()
  assert.deepEqual(verdicts(bench), ['whisper murmur likely'])
  assert.deepEqual(bench.texts, ['one'])
  assert.equal(bench.engine.accounts.withdrawn, 0)
})

test('what was certain stays, also where nothing could be read', () => {
  const bench = new Bench()
  bench.tcp().open().send(0, 'WHISPER lost\n').send(1, 'not read\n').close()
  bench.end()
  assert.deepEqual(verdicts(bench), ['whisper talk certain'])
  assert.equal(bench.recognitions.length, 1)
  assert.deepEqual(bench.texts, [])
})

test('a session may know better, and what was said before is not changed by it', () => {
  const bench = new Bench()
  const tcp = bench.tcp().open().send(0, '~ part market\n')
  for (let i = 0; i < limits.lookSegments; i++) tcp.send(0, 'sure\n')
  bench.end()
  assert.deepEqual(verdicts(bench), ['whisper talk certain'])
  assert.deepEqual(bench.flows[0]!.p2p!.reasons, ['begins with a tilde', 'a line says so'])
  assert.deepEqual(bench.recognitions[0]!.reasons, ['begins with a tilde'])
  assert.equal(bench.recognitions[1]!.part, 'market')
})

test('a start that is plainly something else is let go at once, and never asked about', () => {
  let asked = 0
  const curious = cardOf('curious', {
    starts: { tcp: ['X'], udp: ['X'] },
    recognise: () => {
      asked++
      return 'more'
    },
    fits: () => [],
  })
  const bench = new Bench([curious])
  bench.tcp().open().send(0, 'GET / HTTP/1.1\r\n\r\n').send(1, 'X marks the spot').close()
  bench.udp(A, C, 'M-SEARCH * HTTP/1.1\r\n\r\n').udp(A, C, 'X')
  bench.end()
  assert.equal(asked, 0)
  assert.deepEqual(verdicts(bench), [undefined, undefined])
})

test('from the middle of a connection everybody is asked, whatever the first byte', () => {
  const middle = cardOf('middle', {
    starts: { tcp: ['M'] },
    recognise: ({ fromStart, heads }) =>
      fromStart || heads[0].length < 4
        ? 'no'
        : { part: 'seen', sureness: 'likely', reasons: ['from the middle'] },
  })
  const bench = new Bench([middle])
  bench.tcp().send(0, 'some text without a beginning')
  bench.tcp(A, C).open().send(0, 'some text without a beginning')
  bench.end()
  assert.deepEqual(verdicts(bench), ['middle seen likely', undefined])
  assert.equal(bench.flows[0]!.fromStart, false)
})

test('a message cut anywhere, in any order, twice over, is the same message', () => {
  const text = bytesOf('WHISPER the quick brown fox\njumps\n')
  for (let cut = 1; cut < text.length; cut++) {
    const bench = new Bench()
    const tcp = bench.tcp().open()
    const [at, after] = [tcp.next[0], tcp.next[0] + cut]
    tcp.segment(0, after, text.subarray(cut))
    assert.equal(bench.recognitions.length, 0, `cut at ${cut}`)
    tcp.segment(0, at, text.subarray(0, cut))
    tcp.segment(0, at, text.subarray(0, cut))
    tcp.segment(0, at, text)
    bench.end()
    assert.deepEqual(bench.texts, ['the quick brown fox', 'jumps'], `cut at ${cut}`)
    assert.deepEqual(verdicts(bench), ['whisper talk certain'], `cut at ${cut}`)
  }
})

test('a SYN that is answered and asked again begins one flow', () => {
  const bench = new Bench()
  const tcp = bench.tcp()
  tcp.segment(0, tcp.next[0], '', SYN)
  tcp.segment(0, tcp.next[0], '', SYN)
  tcp.open().send(0, 'WHISPER hello\n')
  bench.end()
  assert.deepEqual(verdicts(bench), ['whisper talk certain'])
  assert.deepEqual(bench.texts, ['hello'])
})

test('data in the SYN belongs to the stream', () => {
  const bench = new Bench()
  bench.tcp().open('WHIS').send(0, 'PER hello\n').close()
  bench.end()
  assert.deepEqual(bench.texts, ['hello'])
  assert.deepEqual(verdicts(bench), ['whisper talk certain'])
})

test('sequence numbers may run over their end', () => {
  const bench = new Bench()
  const tcp = bench.tcp(A, B, [0xffff_fff8, 0xffff_ffff]).open()
  tcp.send(0, 'WHISPER hello\n').send(1, 'well met\n').send(0, 'again\n')
  bench.end()
  assert.deepEqual(bench.texts, ['hello', 'well met', 'again'])
})

test('bytes that are missing in a stream being read are told to its session', () => {
  const bench = new Bench()
  const tcp = bench.tcp().open().send(0, 'WHISPER hello\n')
  tcp.lose(0, 100).send(0, 'after\n').acknowledge(1, 5)
  bench.end()
  assert.deepEqual(bench.texts, ['hello', { missing: 100 }, 'after'])
  assert.deepEqual(bench.flows[0]!.gapBytes, [100, 0])
  assert.equal(bench.engine.accounts.gapBytes, 100)
})

test('bytes that wait for others are read when the flow ends', () => {
  const bench = new Bench()
  bench.tcp().open().send(0, 'WHISPER hello\n').lose(0, 100).send(0, 'after\n')
  assert.deepEqual(bench.texts, ['hello'])
  bench.end()
  assert.deepEqual(bench.texts, ['hello', { missing: 100 }, 'after'])
})

test('bytes missing in a first look end it: what follows is seen as from the middle', () => {
  const looks: (readonly [boolean, string, string])[] = []
  const watcher = cardOf('watcher', {
    starts: { tcp: ['~'] },
    recognise: ({ fromStart, heads }) => {
      looks.push([fromStart, String.fromCharCode(...heads[0]), String.fromCharCode(...heads[1])])
      return 'more'
    },
  })
  const bench = new Bench([watcher])
  const tcp = bench.tcp().open().send(0, '~one').send(1, 'answer')
  tcp.lose(0, 50).send(0, 'later').acknowledge(1, 5)
  assert.deepEqual(looks.at(-1), [false, 'later', 'answer'])
  assert.ok(!looks.some(([, head]) => head.includes('~onelater')))
  bench.end()
})

test('where the very first bytes are missing, the look is one from the middle', () => {
  const looks: boolean[] = []
  const watcher = cardOf('watcher', {
    recognise: ({ fromStart }) => {
      looks.push(fromStart)
      return 'more'
    },
  })
  const bench = new Bench([watcher])
  // The SYN is there, its starts are not: nobody would be asked about a stream from its start.
  const tcp = bench.tcp().open()
  tcp.lose(0, 50).send(0, 'later').acknowledge(1, 5)
  tcp.send(0, 'and more')
  assert.ok(looks.length > 0)
  assert.ok(looks.every((fromStart) => !fromStart))
  bench.end()
})

test('the text of a reset is not part of the stream', () => {
  // RFC 9293 3.5.3: a reset may carry text that tells its cause.
  const bench = new Bench()
  bench.tcp().open().send(0, 'WHISPER hello\n').send(1, 'ye').reset(1, 's\nNo listener\n')
  bench.end()
  assert.deepEqual(bench.texts, ['hello'])
})

test('a connection between the same ports that comes again is another flow', () => {
  const bench = new Bench()
  bench.tcp().open().send(0, 'WHISPER one\n').close()
  bench.tcp(A, B, [90_000, 70_000]).open().send(0, 'GET /two\n').close()
  bench.tcp(A, B, [190_000, 170_000]).open().send(0, 'WHISPER three\n').close()
  bench.end()
  assert.deepEqual(verdicts(bench), ['whisper talk certain', undefined, 'whisper talk certain'])
  assert.deepEqual(bench.texts, ['one', 'three'])
  assert.deepEqual(
    bench.flows.map(({ flow }) => flow),
    [1, 2, 3],
  )
})

test('a flow that falls silent ends, and what comes later is another', () => {
  const bench = new Bench()
  bench.udp(A, B, 'whisper one')
  bench.wait(limits.udpIdleSeconds + 5).udp(A, B, 'whisper two')
  bench.end()
  assert.deepEqual(
    bench.flows.map(({ reason, packets }) => [reason, packets[0]]),
    [
      ['timeout', 1],
      ['end-of-capture', 1],
    ],
  )
  assert.deepEqual(bench.texts, ['one', 'two'])
})

test('what is said at the end of a flow is said of its last packet', () => {
  const bench = new Bench()
  bench.tcp().open().send(0, '~ one\n')
  const [frame, micros] = [bench.frame, bench.micros - 1000]
  bench.wait(limits.tcpIdleSeconds + 5)
  bench.capture = 'two.pcap'
  bench.udp(A, C, 'whisper now')
  const [recognition] = bench.recognitions
  assert.deepEqual(
    [recognition!.capture, recognition!.frame, recognition!.micros],
    ['one.pcap', frame, micros],
  )
  // And what the packet that came then says is said of that packet.
  const now = bench.of('message').at(-1)!
  assert.deepEqual([now.fields.text, now.capture, now.frame], ['now', 'two.pcap', 1])
  bench.end()
})

test('each capture counts its own frames, and a flow may go through several', () => {
  const bench = new Bench()
  const tcp = bench.tcp().open()
  tcp.send(0, 'WHISPER one\n')
  bench.capture = 'two.pcap'
  tcp.send(0, 'two\n')
  bench.capture = 'one.pcap'
  tcp.send(0, 'three\n')
  bench.end()
  assert.deepEqual(
    bench.of('message').map(({ capture, frame, fields }) => [capture, frame, fields.text]),
    [
      ['one.pcap', 4, 'one'],
      ['two.pcap', 1, 'two'],
      ['one.pcap', 5, 'three'],
    ],
  )
  assert.equal(bench.flows[0]!.capture, 'one.pcap')
})

test('flows are said only where they are wanted', () => {
  const bench = new Bench([whisper], { flows: false })
  bench.udp(A, B, 'whisper one').end()
  assert.deepEqual(bench.flows, [])
  assert.equal(bench.engine.accounts.flows, 1)
  assert.deepEqual(bench.texts, ['one'])
})

test('where only P2P flows are wanted, the others are summed up, the biggest kept', () => {
  const bench = new Bench([whisper], { flows: 'p2p' })
  const sizes = [5, 1, 9, 3, 7, 8, 2, 9]
  const other = { ip: '203.0.113.9', port: 9 }
  bench.udp(A, B, 'whisper one')
  for (const [i, size] of sizes.entries())
    bench.udp({ ...A, port: 2000 + i }, other, unreadable(size))
  bench.tcp().open().close()
  bench.end()
  assert.deepEqual(
    bench.flows.map(({ p2p }) => p2p?.family),
    ['whisper'],
  )
  const { biggest, ...others } = bench.engine.accounts.otherFlows
  assert.deepEqual(
    biggest.map(({ flow, payloadBytes }) => [flow, payloadBytes[0]]),
    [
      [10, 0],
      [4, 9],
      [9, 9],
      [7, 8],
      [6, 7],
    ],
  )
  // IPv4 and UDP headers are 28 bytes.
  const udpBytes = sizes.reduce((sum, size) => sum + 28 + size, 0)
  const tcpBytes = biggest[0]!.bytes[0] + biggest[0]!.bytes[1]
  assert.deepEqual(others, { flows: 9, bytes: udpBytes + tcpBytes, silentFlows: 1, gapFlows: 0 })
})

test('an engine without protocols counts', () => {
  const bench = new Bench([])
  bench.tcp().open().send(0, unreadable(100)).close()
  bench.udp(A, B, unreadable(100)).end()
  assert.deepEqual(verdicts(bench), [undefined, undefined])
  assert.equal(bench.engine.accounts.packets, 7)
})

test('the same packets say the same, byte for byte', () => {
  const run = () => {
    const bench = new Bench()
    bench.udp(B, A, `whisper claim ${C.ip} ${C.port} talk both`)
    const tcp = bench.tcp(A, C).open()
    for (let i = 0; i < 5; i++) tcp.send(i % 2 === 0 ? 0 : 1, unreadable(70 + i))
    tcp.close()
    bench.tcp().open().send(0, '~ one\ntwo\nlost\n').close()
    bench.tcp(C, B).send(1, 'x'.repeat(400)).reset(0)
    return JSON.stringify(bench.end().events)
  }
  assert.equal(run(), run())
})

test('packets that are no packets are counted and do no harm', () => {
  const bench = new Bench()
  bench.ip(Uint8Array.of(0x45, 0))
  bench.ip(new Uint8Array(60))
  bench.ip(joined('not IP at all'))
  bench.tcp().open().send(0, 'WHISPER hello\n')
  bench.tcp(A, C).segment(0, 1, '', SYN | FIN | RST)
  bench.end()
  assert.deepEqual(bench.texts, ['hello'])
  const { packetCounts, packets } = bench.engine.accounts
  assert.equal(packets, 8)
  const { tcp = 0, ...others } = packetCounts
  assert.equal(tcp, 5)
  assert.ok(Object.keys(others).length > 0)
})

test('a payload that the capture cut is looked at as far as it goes, and the rest is a gap', () => {
  const sizes: number[] = []
  const watcher = cardOf('watcher', {
    starts: { udp: [] },
    recognise: ({ datagrams }) => {
      sizes.push(...datagrams.flatMap(({ bytes, size }) => [bytes.length, size]))
      return 'no'
    },
  })
  const bench = new Bench([watcher, whisper])
  const datagram = ip4Of(A.ip, C.ip, 17, udpOf(A.port, C.port, unreadable(300)))
  bench.ip(datagram, 20 + 8 + 11)
  assert.deepEqual(sizes, [11, 300])
  const tcp = bench.tcp().open()
  const header = { flags: ACK, sequence: tcp.next[0] }
  const payload = joined('WHISPER hello\n', 'x'.repeat(400))
  bench.ip(ip4Of(A.ip, B.ip, 6, tcpOf(A.port, B.port, payload, header)), 20 + 20 + 20)
  bench.end()
  assert.deepEqual(bench.texts, ['hello', { missing: 14 + 400 - 20 }])
  assert.equal(bench.engine.accounts.packetCounts['snaplen-cut'], 2)
})

test('what is thought of a flow can be asked after each of its packets', () => {
  const bench = new Bench()
  const seen: unknown[] = []
  const ask = () => {
    const standing = bench.engine.standing!
    seen.push([standing.flow, standing.side, standing.state, standing.p2p?.part])
  }
  const tcp = bench.tcp().open()
  ask()
  tcp.send(0, 'WHISPER hello\n')
  ask()
  tcp.send(1, 'well met\n')
  ask()
  bench.udp(A, C, 'x')
  ask()
  const [opened, named, answered, other] = seen
  assert.deepEqual(opened, [1, 0, 'undecided', undefined])
  assert.deepEqual(named, [1, 0, 'named', 'talk'])
  assert.deepEqual(answered, [1, 1, 'named', 'talk'])
  assert.deepEqual((other as unknown[]).slice(0, 2), [2, 0])
  bench.ip(Uint8Array.of(0x45))
  assert.equal(bench.engine.standing, undefined)
})
