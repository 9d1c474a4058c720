/**
 * Packets to dark addresses: answers to SYNs come without memory and open only to who heard them,
 * connections are spoken to in order, datagrams get no more than they brought, and each /24 its share.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../../core/address.ts'
import { bytesOf, hex, u16be, u32be } from '../../core/bytes.ts'
import { tcpFrame, udpFrame } from '../../core/packet-maker.ts'
import type { Protocol } from '../../core/protocol.ts'
import { Honeynet, type HoneynetOptions } from './honeynet.ts'
import { Packet } from './packet.ts'

const ETHERNET_BYTES = 14
const DARK: Endpoint = { ip: '10.99.3.7', port: 6881 }
const CALLER: Endpoint = { ip: '192.0.2.9', port: 40_000 }
const [FIN, SYN, RST, PSH, ACK] = [1, 2, 4, 8, 16]
const NET: HoneynetOptions = { network: 0x0a630000, bits: 16, key: [1, 2] }

/** Says `yes` to a stream that begins with `hello`, then all of each line again; bigger to `grow`. */
const echo: Protocol = {
  name: 'echo',
  title: 'Echo',
  family: 'Echo',
  overlay: 'pure',
  carriers: ['tcp', 'udp'],
  portHints: [],
  starts: { tcp: ['hello'], udp: ['hello', 'grow'] },
  recognise: ({ carrier, heads }) => {
    if (carrier === 'tcp' && heads[0].length < 5) return 'more'
    return { part: 'echo', sureness: 'certain', reasons: ['hello'] }
  },
  makeResponder: () => ({
    data(bytes) {
      const end = bytes.indexOf(0x0a) + 1
      const isBye = bytes[0] === 0x62
      return { used: end, send: end === 0 ? [] : [bytes.slice(0, end)], done: isBye && end > 0 }
    },
    datagram: (bytes) => (bytes[0] === 0x67 ? new Uint8Array(bytes.length + 1) : bytes.slice()),
  }),
}

interface Heard {
  readonly flags: number
  readonly sequence: number
  readonly acknowledged: number
  readonly text: string
}

function site(options: Partial<HoneynetOptions> = {}, cards: readonly Protocol[] = [echo]) {
  const out: Uint8Array[] = []
  const net = new Honeynet(cards, { ...NET, ...options }, (packet) => out.push(packet))
  let micros = 1e15
  const heard = (): Heard[] => out.splice(0).map(read)
  return {
    net,
    out,
    heard,
    wait: (seconds: number) => {
      micros += seconds * 1e6
      net.tick(micros)
    },
    tcp: (sequence: number, acknowledged: number, flags: number, text = '', from = CALLER) => {
      const fields = { sequence, acknowledged, flags }
      net.packet(tcpFrame(from, DARK, fields, bytesOf(text)).subarray(ETHERNET_BYTES), micros)
      return heard()
    },
    udp: (text: string, from = CALLER, to = DARK) => {
      net.packet(udpFrame(from, to, bytesOf(text)).subarray(ETHERNET_BYTES), micros)
      return out.splice(0)
    },
  }
}

function read(bytes: Uint8Array): Heard {
  const packet = new Packet()
  assert.ok(packet.read(bytes))
  assert.equal(onesSum(bytes.subarray(0, 20)), 0xffff)
  const pseudo = Uint8Array.of(...bytes.subarray(12, 20), 0, bytes[9]!, 0, bytes.length - 20)
  assert.equal(onesSum(Uint8Array.of(...pseudo, ...bytes.subarray(20))), 0xffff)
  const { flags, sequence, acknowledged, payload } = packet
  return { flags, sequence, acknowledged, text: Buffer.from(payload).toString() }
}

/** With its checksum in it, a header sums up to ffff (RFC 1071). */
function onesSum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) {
    sum += bytes[at]! * 256 + (bytes[at + 1] ?? 0)
    if (sum > 0xffff) sum -= 0xffff
  }
  return sum
}

function opened(the: ReturnType<typeof site>, from = CALLER): number {
  const [answer] = the.tcp(1000, 0, SYN!, '', from)
  assert.deepEqual([answer!.flags, answer!.acknowledged, answer!.text], [SYN! + ACK!, 1001, ''])
  return answer!.sequence + 1
}

test('a SYN is answered and nothing is remembered; his first payload makes a connection', () => {
  const the = site()
  const ours = opened(the)
  assert.deepEqual(the.tcp(1001, ours, ACK!), [])
  assert.equal(the.net.open, 0)
  const first = the.tcp(1001, ours, ACK! + PSH!, 'hello\n')
  assert.deepEqual(first, [
    { flags: ACK! + PSH!, sequence: ours, acknowledged: 1007, text: 'hello\n' },
  ])
  assert.equal(the.net.open, 1)
  const second = the.tcp(1007, ours + 6, ACK! + PSH!, 'more\n')
  assert.deepEqual(second, [
    { flags: ACK! + PSH!, sequence: ours + 6, acknowledged: 1012, text: 'more\n' },
  ])
})

test('who did not hear our number opens nothing, and is refused', () => {
  const the = site()
  const ours = opened(the)
  const [answer, ...more] = the.tcp(1001, ours + 1, ACK! + PSH!, 'hello\n')
  assert.deepEqual([answer!.flags, answer!.sequence, more.length], [RST, ours + 1, 0])
  const other = { ...CALLER, port: 40_001 }
  assert.equal(the.tcp(1001, ours, ACK! + PSH!, 'hello\n', other)[0]!.flags, RST)
  assert.equal(the.net.open, 0)
})

test('a number holds for at least 64 seconds and at most 128', () => {
  const late = site()
  const ours = opened(late)
  late.wait(64)
  assert.equal(late.tcp(1001, ours, ACK! + PSH!, 'hello\n')[0]!.text, 'hello\n')
  const tooLate = site()
  const numbers = opened(tooLate)
  tooLate.wait(128)
  assert.equal(tooLate.tcp(1001, numbers, ACK! + PSH!, 'hello\n')[0]!.flags, RST)
})

test('what comes twice or with a gap is acknowledged as it stands, and what we said is said again', () => {
  const the = site()
  const ours = opened(the)
  the.tcp(1001, ours, ACK! + PSH!, 'hello\n')
  const again = { flags: ACK! + PSH!, sequence: ours, acknowledged: 1007, text: 'hello\n' }
  assert.deepEqual(the.tcp(1001, ours, ACK! + PSH!, 'hello\n'), [again])
  assert.deepEqual(the.tcp(1010, ours, ACK! + PSH!, 'x\n'), [again])
  the.wait(1.5)
  assert.deepEqual(the.heard(), [again])
  // Half of it was heard, and half of a line is new.
  const [rest] = the.tcp(1004, ours + 6, ACK! + PSH!, 'lo\nnew\n')
  assert.deepEqual([rest!.sequence, rest!.acknowledged, rest!.text], [ours + 6, 1011, 'new\n'])
  // Nobody answers any more: four times, then it is over.
  for (let i = 0; i < 40; i++) the.wait(1)
  assert.equal(the.heard().length, 4)
  assert.equal(the.net.open, 0)
})

test('a greeting in two parts is waited for; who says nothing known is heard and not answered', () => {
  const the = site()
  const ours = opened(the)
  assert.deepEqual(the.tcp(1001, ours, ACK! + PSH!, 'hel'), [
    { flags: ACK, sequence: ours, acknowledged: 1004, text: '' },
  ])
  assert.equal(the.tcp(1004, ours, ACK! + PSH!, 'lo\n')[0]!.text, 'hello\n')
  const stranger = { ...CALLER, port: 40_002 }
  const other = opened(the, stranger)
  assert.equal(the.tcp(1001, other, ACK! + PSH!, 'SSH-2.0-x\r\n', stranger)[0]!.text, '')
  assert.deepEqual([the.net.counts.connections, the.net.counts.connectionsAnswered], [2, 1])
  // He who is not answered is told so, so that he may try in other words.
  the.wait(1)
  assert.deepEqual(
    the.heard().filter(({ flags }) => flags % 2 === FIN),
    [],
  )
  the.wait(1)
  assert.deepEqual(
    the.heard().filter(({ flags }) => flags % 2 === FIN),
    [{ flags: ACK! + FIN!, sequence: other, acknowledged: 1012, text: '' }],
  )
  assert.equal(the.net.open, 1)
})

test('where callers wait for a greeting it is said unasked, and still nothing is remembered', () => {
  const greeter = { ...echo, greeting: { bytes: bytesOf('1'), ports: [DARK.port] } }
  const the = site({}, [greeter])
  const ours = opened(the)
  const hail = { flags: ACK! + PSH!, sequence: ours, acknowledged: 1001, text: '1' }
  assert.deepEqual(the.tcp(1001, ours, ACK!), [hail])
  assert.equal(the.net.open, 0)
  assert.deepEqual(the.tcp(1001, ours + 1, ACK!), [], 'he has heard it')
  const [answer] = the.tcp(1001, ours + 1, ACK! + PSH!, 'hello\n')
  assert.deepEqual([answer!.sequence, answer!.text], [ours + 1, 'hello\n'])
  // Who spoke before he heard it gets it again when he does not acknowledge it in time.
  const other = { ...CALLER, port: 40_001 }
  const before = opened(the, other)
  const [late] = the.tcp(1001, before, ACK! + PSH!, 'hello\n', other)
  assert.deepEqual([late!.sequence, late!.text], [before + 1, 'hello\n'])
  the.tcp(1007, ours + 7, ACK!)
  the.wait(2)
  assert.deepEqual(
    the.heard().map(({ sequence, text }) => [sequence, text]),
    [[before, '1hello\n']],
  )
})

test('either side ends it', () => {
  const the = site()
  const ours = opened(the)
  the.tcp(1001, ours, ACK! + PSH!, 'hello\n')
  const [answer, end] = the.tcp(1007, ours + 6, ACK! + PSH!, 'bye\n')
  assert.deepEqual([answer!.text, end!.flags, end!.sequence], ['bye\n', ACK! + FIN!, ours + 10])
  assert.deepEqual(the.tcp(1011, ours + 11, ACK!), [])
  assert.equal(the.net.open, 0)

  const numbers = opened(the)
  the.tcp(1001, numbers, ACK! + PSH!, 'hello\n')
  const said = the.tcp(1007, numbers + 6, ACK! + FIN!)
  assert.deepEqual(said.at(-1), {
    flags: ACK! + FIN!,
    sequence: numbers + 6,
    acknowledged: 1008,
    text: '',
  })
  assert.equal(the.net.open, 0)

  const third = opened(the)
  the.tcp(1001, third, ACK! + PSH!, 'hello\n')
  the.tcp(1099, third, RST!)
  assert.equal(the.net.open, 1)
  the.tcp(1007, third, RST!)
  assert.equal(the.net.open, 0)
})

test('connections have a bound, and the one unheard for longest gives way; the silent are forgotten', () => {
  const the = site({ connectionsMax: 2 })
  for (const port of [1, 2, 3]) {
    const from = { ...CALLER, port: 50_000 + port }
    the.tcp(1001, opened(the, from), ACK! + PSH!, 'hello\n', from)
  }
  assert.deepEqual([the.net.open, the.net.counts.givenWay], [2, 1])
  the.wait(181)
  assert.equal(the.net.open, 0)
})

test('a datagram gets no more bytes than it brought, and some ports never any', () => {
  const the = site()
  const [answer] = the.udp('hello')
  assert.deepEqual(
    [hex(answer!, 12, 8), u16be(answer!, 20), u16be(answer!, 22), answer!.length],
    ['0a630307c0000209', 6881, 40_000, 33],
  )
  read(answer!)
  assert.deepEqual(the.udp('grow'), [])
  assert.deepEqual(the.udp('unknown'), [])
  for (const port of [0, 7, 19, 53, 123, 1900]) {
    assert.deepEqual(the.udp('hello', { ...CALLER, port }), [], String(port))
  }
})

test('only the prefix answers, and only to those who can be outside of it', () => {
  const the = site()
  assert.deepEqual(the.udp('hello', CALLER, { ip: '10.98.255.255', port: 1 }), [])
  assert.equal(the.udp('hello', CALLER, { ip: '10.99.255.255', port: 1 }).length, 1)
  for (const ip of ['10.99.0.1', '0.0.0.1', '127.0.0.1', '224.0.0.1', '255.255.255.255']) {
    assert.deepEqual(the.udp('hello', { ip, port: 9 }), [], ip)
  }
})

test('one /24 has its share of a second, another its own', () => {
  const the = site({ answersMax: 3 })
  const count = (ip: string) =>
    Array.from({ length: 5 }, () => the.udp('hello', { ip, port: 9 }).length).reduce(
      (a, b) => a + b,
    )
  assert.deepEqual([count('192.0.2.1'), count('192.0.2.200'), count('192.0.3.1')], [3, 0, 3])
  assert.equal(the.net.counts.rateLimited, 9)
  the.wait(1)
  assert.equal(count('192.0.2.1'), 3)
})

test('broken packets are passed over', () => {
  const the = site()
  const whole = udpFrame(CALLER, DARK, bytesOf('hello')).subarray(ETHERNET_BYTES)
  for (let size = 0; size < whole.length; size++) the.net.packet(whole.subarray(0, size), 1e15)
  const fragment = whole.slice()
  fragment[7] = 1
  the.net.packet(fragment, 1e15)
  assert.deepEqual([the.out.length, the.net.counts.passedOver], [0, whole.length + 1])
  assert.equal(u32be(whole, 16), 0x0a630307)
})
