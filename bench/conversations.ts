/**
 * What flows of a generated capture say: the first payloads of common protocols, then bytes of no
 * meaning. Enough that recognisers must look, and few of them are P2P, as on a real line.
 */
import { ByteWriter, bytesOf, concat } from '../src/core/bytes.ts'

export interface Conversation {
  readonly name: string
  readonly carrier: 'tcp' | 'udp'
  readonly port: number
  /** Share of the flows, in tenths of a percent. */
  readonly share: number
  /** Packets with payload after the first ones, on average. */
  readonly bulk: number
  /** Size of those packets. */
  readonly bulkBytes: number
  /** First payloads: side 0 opened the flow. */
  readonly first: (chance: () => number) => readonly (readonly [0 | 1, Uint8Array])[]
}

type Chance = () => number

export function noise(chance: Chance, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at++) bytes[at] = chance()
  return bytes
}

function tlsHello(chance: Chance): Uint8Array {
  const name = bytesOf(`host${chance() % 5000}.example.org`)
  const sni = new ByteWriter()
    .u16be(0)
    .u16be(name.length + 5)
    .u16be(name.length + 3)
    .u8(0)
  sni.u16be(name.length).bytes(name)
  const extensions = sni.finish()
  const body = new ByteWriter().u16be(0x0303).bytes(noise(chance, 32)).u8(32)
  body.bytes(noise(chance, 32)).u16be(6).u16be(0x1301).u16be(0x1302).u16be(0x1303).u8(1).u8(0)
  body.u16be(extensions.length).bytes(extensions)
  const hello = body.finish()
  const head = new ByteWriter()
    .u8(22)
    .u16be(0x0301)
    .u16be(hello.length + 4)
    .u8(1)
    .u8(0)
  return concat(head.u16be(hello.length).finish(), hello)
}

function tlsAnswer(chance: Chance): Uint8Array {
  const hello = new ByteWriter().u8(22).u16be(0x0303).u16be(74).u8(2).u8(0).u16be(70).u16be(0x0303)
  hello.bytes(noise(chance, 32)).u8(32).bytes(noise(chance, 32)).u16be(0x1301).u8(0)
  const rest = noise(chance, 1200)
  return concat(hello.finish(), new ByteWriter().u8(23).u16be(0x0303).u16be(1200).finish(), rest)
}

function dns(chance: Chance): readonly (readonly [0 | 1, Uint8Array])[] {
  const id = chance() % 65_536
  const name = `n${chance() % 10_000}`
  const question = new ByteWriter().u8(name.length).latin1(name).latin1('\x07example\x03org\x00')
  question.u16be(1).u16be(1)
  const asked = question.finish()
  const head = (flags: number, answers: number) =>
    new ByteWriter().u16be(id).u16be(flags).u16be(1).u16be(answers).u16be(0).u16be(0).finish()
  const answer = new ByteWriter().u16be(0xc00c).u16be(1).u16be(1).u32be(300).u16be(4)
  answer.bytes(noise(chance, 4))
  return [
    [0, concat(head(0x0100, 0), asked)],
    [1, concat(head(0x8180, 1), asked, answer.finish())],
  ]
}

function http(chance: Chance): readonly (readonly [0 | 1, Uint8Array])[] {
  const path = chance() % 100_000
  return [
    [
      0,
      bytesOf(
        `GET /page/${path}?q=x HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: Mozilla/5.0\r\n` +
          'Accept: */*\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n',
      ),
    ],
    [
      1,
      concat(
        bytesOf('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12000\r\n\r\n'),
        noise(chance, 1200),
      ),
    ],
  ]
}

function quic(chance: Chance): readonly (readonly [0 | 1, Uint8Array])[] {
  const initial = () => {
    const bytes = noise(chance, 1200)
    bytes.set([0xc3, 0, 0, 0, 1, 8])
    return bytes
  }
  return [
    [0, initial()],
    [1, initial()],
  ]
}

const BT_RESERVED = '\x00\x00\x00\x00\x00\x10\x00\x05'

function btPeer(chance: Chance): readonly (readonly [0 | 1, Uint8Array])[] {
  const hash = noise(chance, 20)
  const hello = () =>
    concat(
      bytesOf(`\x13BitTorrent protocol${BT_RESERVED}`),
      hash,
      bytesOf('-XX0001-'),
      noise(chance, 12),
    )
  return [
    [0, hello()],
    [1, concat(hello(), bytesOf('\x00\x00\x00\x01\x0f'))],
    [0, bytesOf('\x00\x00\x00\x01\x02')],
    [1, bytesOf('\x00\x00\x00\x01\x01')],
  ]
}

/** A piece message of 16 KiB is spread over the bulk of the flow: see `pieces` of generate.ts. */
function dht(chance: Chance): readonly (readonly [0 | 1, Uint8Array])[] {
  const tid = noise(chance, 2)
  const query = concat(
    bytesOf('d1:ad2:id20:'),
    noise(chance, 20),
    bytesOf('6:target20:'),
    noise(chance, 20),
    bytesOf('e1:q9:find_node1:t2:'),
    tid,
    bytesOf('1:y1:qe'),
  )
  const answer = concat(
    bytesOf('d1:rd2:id20:'),
    noise(chance, 20),
    bytesOf('5:nodes208:'),
    noise(chance, 208),
    bytesOf('e1:t2:'),
    tid,
    bytesOf('1:y1:re'),
  )
  return [
    [0, query],
    [1, answer],
  ]
}

function edonkey(chance: Chance): readonly (readonly [0 | 1, Uint8Array])[] {
  const hello = (opcode: number, sized: boolean) => {
    const body = new ByteWriter().u8(opcode)
    if (sized) body.u8(16)
    body.bytes(noise(chance, 16)).u32le(chance()).u16le(4662).u32le(0).u32le(0).u16le(0)
    const bytes = body.finish()
    return new ByteWriter().u8(0xe3).u32le(bytes.length).bytes(bytes).finish()
  }
  return [
    [0, hello(0x01, true)],
    [1, hello(0x4c, false)],
  ]
}

function gnutella(): readonly (readonly [0 | 1, Uint8Array])[] {
  return [
    [0, bytesOf('GNUTELLA CONNECT/0.6\r\nUser-Agent: Example/1.0\r\nX-Ultrapeer: False\r\n\r\n')],
    [1, bytesOf('GNUTELLA/0.6 503 Busy\r\nUser-Agent: Example/1.0\r\n\r\n')],
  ]
}

function ssh(chance: Chance): readonly (readonly [0 | 1, Uint8Array])[] {
  return [
    [1, bytesOf('SSH-2.0-OpenSSH_9.2\r\n')],
    [0, bytesOf('SSH-2.0-OpenSSH_9.2\r\n')],
    [0, noise(chance, 1000)],
  ]
}

function ntp(chance: Chance): readonly (readonly [0 | 1, Uint8Array])[] {
  const packet = (mode: number) => {
    const bytes = noise(chance, 48)
    bytes[0] = 0x20 | mode
    return bytes
  }
  return [
    [0, packet(3)],
    [1, packet(4)],
  ]
}

function unreadable(chance: Chance): readonly (readonly [0 | 1, Uint8Array])[] {
  return [
    [0, noise(chance, 200 + (chance() % 400))],
    [1, noise(chance, 200 + (chance() % 400))],
  ]
}

function tls(chance: Chance): readonly (readonly [0 | 1, Uint8Array])[] {
  return [
    [0, tlsHello(chance)],
    [1, tlsAnswer(chance)],
    [0, concat(bytesOf('\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x40'), noise(chance, 64))],
  ]
}

// biome-ignore format: a table
export const CONVERSATIONS: readonly Conversation[] = [
  { name: 'tls',        carrier: 'tcp', port: 443,    share: 440, bulk: 13, bulkBytes: 1400, first: tls },
  { name: 'dns',        carrier: 'udp', port: 53,     share: 250, bulk: 0,  bulkBytes: 0,    first: dns },
  { name: 'quic',       carrier: 'udp', port: 443,    share: 60, bulk: 11, bulkBytes: 1200, first: quic },
  { name: 'http',       carrier: 'tcp', port: 80,     share: 100, bulk: 9,  bulkBytes: 1400, first: http },
  { name: 'unreadable', carrier: 'tcp', port: 8443,   share: 40,  bulk: 9,  bulkBytes: 1000, first: unreadable },
  { name: 'ntp',        carrier: 'udp', port: 123,    share: 20,  bulk: 0,  bulkBytes: 0,    first: ntp },
  { name: 'ssh',        carrier: 'tcp', port: 22,     share: 10,  bulk: 30, bulkBytes: 200,  first: ssh },
  { name: 'bt-dht',     carrier: 'udp', port: 6881,   share: 40,  bulk: 0,  bulkBytes: 0,    first: dht },
  { name: 'bt-peer',    carrier: 'tcp', port: 51_413, share: 20,  bulk: 24, bulkBytes: 1400, first: btPeer },
  { name: 'edonkey',    carrier: 'tcp', port: 4662,   share: 10,  bulk: 0,  bulkBytes: 0,    first: edonkey },
  { name: 'gnutella',   carrier: 'tcp', port: 6346,   share: 10,  bulk: 0,  bulkBytes: 0,    first: gnutella },
]
