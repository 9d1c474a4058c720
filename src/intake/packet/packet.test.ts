/**
 * Hand-made packets of every header kind: what the decoder finds, and that no truncation makes it
 * read outside or find something else.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import { DECODED, Decoder, STATUS_NAMES, type StatusName } from './packet.ts'
import {
  ACK,
  decodeWhole,
  ETHERNET,
  ethernetOf,
  ip4Of,
  ip6Of,
  payloadOf,
  RAW,
  SYN,
  tcpOf,
  udpOf,
} from './packets-in-test.ts'

const A = '192.0.2.1'
const B = '198.51.100.2'
const A6 = '2001:db8::1'
const B6 = '2001:db8:0:1::2'
const DATA = bytesOf('d1:ad2:id20:')
const UDP = udpOf(6881, 51413, DATA)
const IP4 = ip4Of(A, B, 17, UDP)
const IP6 = ip6Of(A6, B6, 17, UDP)
const IP = 0x0800
const IPV6 = 0x86dd

interface Case {
  readonly packet: Uint8Array
  readonly link?: number
  readonly status?: StatusName
  readonly tunnel?: string
  readonly vlans?: readonly number[]
  readonly version?: number
  /** Bytes behind the IP packet, where a shorter capture is as good. */
  readonly padding?: number
}

const extension = (next: number, body: string): Uint8Array =>
  concat(new Uint8Array([next]), fromHex(body))
const inEthernet = ethernetOf(IP, IP4)

const SNAP = fromHex('aaaa03 000000 0800')
/** From a station to its access point. */
const WIRELESS = concat(fromHex('0801 0000 020202020202 020202020202 020202020202 1000'), SNAP, IP4)

/** Every way in which the same UDP datagram may be wrapped. */
// biome-ignore format: a table
const CASES: Readonly<Record<string, Case>> = {
  'Ethernet': { packet: inEthernet },
  'Ethernet with padding': { packet: concat(inEthernet, new Uint8Array(9)), padding: 9 },
  'IPv4 options': { packet: ethernetOf(IP, ip4Of(A, B, 17, UDP, { options: fromHex('94040000 01010100') })) },
  'VLAN': { packet: ethernetOf(0x8100, concat(fromHex('60d6 0800'), IP4)), vlans: [214] },
  'priority tag': { packet: ethernetOf(0x8100, concat(fromHex('e000 0800'), IP4)), vlans: [] },
  'QinQ': { packet: ethernetOf(0x88a8, concat(fromHex('0064 8100 0fff 0800'), IP4)), vlans: [100, 4095] },
  'three tags': { packet: ethernetOf(0x9100, concat(fromHex('0001 8100 0002 8100 0003 86dd'), IP6)), vlans: [1, 2], version: 6 },
  'LLC and SNAP': { packet: ethernetOf(8 + IP4.length, concat(fromHex('aaaa03 000000 0800'), IP4)) },
  'VLAN, LLC and SNAP': { packet: ethernetOf(0x8100, concat(fromHex('0005'), fromHex((8 + IP4.length).toString(16).padStart(4, '0')), fromHex('aaaa03 000000 0800'), IP4)), vlans: [5] },
  'LLC directly': { packet: ethernetOf(3 + IP4.length, concat(fromHex('060603'), IP4)) },
  'MPLS': { packet: ethernetOf(0x8847, concat(fromHex('0001e0ff 000221ff'), IP4)) },
  'MPLS with IPv6': { packet: ethernetOf(0x8848, concat(fromHex('000221ff'), IP6)), version: 6 },
  'MPLS pseudowire': { packet: ethernetOf(0x8847, concat(fromHex('000221ff 00000007'), inEthernet)) },
  'MPLS pseudowire without control word': { packet: ethernetOf(0x8847, concat(fromHex('000221ff'), inEthernet)) },
  'PPPoE': { packet: ethernetOf(0x8864, concat(fromHex('1100 0001'), fromHex((2 + IP4.length).toString(16).padStart(4, '0')), fromHex('0021'), IP4, new Uint8Array(4))), padding: 4 },
  'PPPoE with IPv6': { packet: ethernetOf(0x8864, concat(fromHex('1100 0001'), fromHex((2 + IP6.length).toString(16).padStart(4, '0')), fromHex('0057'), IP6)), version: 6 },
  'raw IPv4': { packet: IP4, link: RAW },
  'raw IPv6': { packet: IP6, link: 12, version: 6 },
  'raw IP of OpenBSD': { packet: IP4, link: 14 },
  'IPv4 link': { packet: IP4, link: 228 },
  'IPv6 link': { packet: IP6, link: 229, version: 6 },
  'NULL little-endian': { packet: concat(fromHex('02000000'), IP4), link: 0 },
  'NULL big-endian': { packet: concat(fromHex('0000001e'), IP6), link: 0, version: 6 },
  'LOOP': { packet: concat(fromHex('00000018'), IP6), link: 108, version: 6 },
  'SLL': { packet: concat(fromHex('0000 0001 0006 0202020202020000 0800'), IP4), link: 113 },
  'SLL with VLAN': { packet: concat(fromHex('0000 0001 0006 0202020202020000 8100 0007 0800'), IP4), link: 113, vlans: [7] },
  'SLL2': { packet: concat(fromHex('86dd 0000 00000003 0001 04 06 0202020202020000'), IP6), link: 276, version: 6 },
  'PPP': { packet: concat(fromHex('ff03 0021'), IP4), link: 9 },
  'PPP, compressed': { packet: concat(fromHex('21'), IP4), link: 9 },
  'PPP in HDLC': { packet: concat(fromHex('ff03 0057'), IP6), link: 50, version: 6 },
  'Cisco HDLC': { packet: concat(fromHex('0f00 0800'), IP4), link: 104 },
  'IPv6': { packet: ethernetOf(IPV6, IP6), version: 6 },
  'IPv6 hop-by-hop': { packet: ethernetOf(IPV6, ip6Of(A6, B6, 0, concat(extension(17, '00 050200000000'), UDP))), version: 6 },
  'IPv6 with all extensions': { packet: ethernetOf(IPV6, ip6Of(A6, B6, 0, concat(extension(60, '00 0502000000 00'), extension(43, '00 0104000000 00'),
    extension(51, '00 0400 00000000'), extension(17, '04 0000 00000001 00000002 0102030405060708090a0b0c'), UDP))), version: 6 },
  'IPv6 atomic fragment': { packet: ethernetOf(IPV6, ip6Of(A6, B6, 44, concat(fromHex('1100 0000 12345678'), UDP))), version: 6 },
  'AH in IPv4': { packet: ethernetOf(IP, ip4Of(A, B, 51, concat(fromHex('1104 0000 00000001 00000002 0102030405060708090a0b0c'), UDP))) },
  'GRE': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 47, concat(fromHex('0000 0800'), IP4))), tunnel: 'gre' },
  'GRE, all fields': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 47, concat(fromHex('b000 86dd 00000000 00000001 00000002'), IP6))), tunnel: 'gre', version: 6 },
  'GRE with Ethernet': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 47, concat(fromHex('0000 6558'), inEthernet))), tunnel: 'gre' },
  'GRE of PPTP': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 47, concat(fromHex('3081 880b 0040 0001 00000005 00000006 ff03 0021'), IP4))), tunnel: 'gre' },
  'ERSPAN I': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 47, concat(fromHex('0000 88be'), inEthernet))), tunnel: 'erspan' },
  'ERSPAN II': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 47, concat(fromHex('1000 88be 00000001 1064 0001 00000000'), inEthernet))), tunnel: 'erspan' },
  'ERSPAN III': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 47, concat(fromHex('1000 22eb 00000001 2064 0001 00000000 0000 0001 0102030405060708'), inEthernet))), tunnel: 'erspan' },
  'IP in IP': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 4, IP4)), tunnel: 'ip-in-ip' },
  '6in4': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 41, IP6)), tunnel: '6in4', version: 6 },
  'IPv4 in IPv6': { packet: ethernetOf(IPV6, ip6Of(A6, B6, 4, IP4)), tunnel: 'ip-in-ip' },
  'EtherIP': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 97, concat(fromHex('3000'), inEthernet))), tunnel: 'etherip' },
  'MPLS in IP': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 137, concat(fromHex('000221ff'), IP4))), tunnel: 'mpls-in-ip' },
  'VXLAN': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(50000, 4789, concat(fromHex('08000000 00002a00'), inEthernet)))), tunnel: 'vxlan' },
  'VXLAN with a tagged frame': { packet: ethernetOf(0x8100, concat(fromHex('0009 0800'), ip4Of('10.0.0.1', '10.0.0.2', 17,
    udpOf(50000, 4789, concat(fromHex('08000000 00002a00'), ethernetOf(0x8100, concat(fromHex('0063 0800'), IP4))))))), tunnel: 'vxlan', vlans: [9] },
  'GENEVE': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(50000, 6081, concat(fromHex('0140 6558 00002a00 01020304'), inEthernet)))), tunnel: 'geneve' },
  'GTP-U': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(2152, 2152,
    concat(fromHex('34 ff'), fromHex((8 + IP4.length).toString(16).padStart(4, '0')), fromHex('00000007 000000 85 01000000'), IP4)))), tunnel: 'gtp-u' },
  'MPLS in UDP': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(50000, 6635, concat(fromHex('000221ff'), IP4)))), tunnel: 'mpls-in-ip' },
  'VXLAN, generic, IPv6 inside': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(50000, 4790, concat(fromHex('0c000002 00002a00'), IP6)))), tunnel: 'vxlan', version: 6 },
  'VXLAN, generic, Ethernet inside': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(50000, 4790, concat(fromHex('0c000003 00002a00'), inEthernet)))), tunnel: 'vxlan' },
  'L2TP': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(1701, 1701, concat(fromHex('0002 0001 0002 ff03 0021'), IP4)))), tunnel: 'l2tp' },
  'L2TP, all fields': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(1701, 1701,
    concat(fromHex('4a02'), fromHex((18 + IP6.length).toString(16).padStart(4, '0')), fromHex('0001 0002 0007 0003 0002 eeee 0057'), IP6)))), tunnel: 'l2tp', version: 6 },
  'TZSP': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(50000, 37008, concat(fromHex('0100 0001 0a01c5 00 01'), inEthernet)))), tunnel: 'tzsp' },
  'TZSP with 802.11': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(50000, 37008, concat(fromHex('0100 0012 01'), WIRELESS)))), tunnel: 'tzsp' },
  'CAPWAP': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(50000, 5247, concat(fromHex('00 10 0200 00000000'), inEthernet)))), tunnel: 'capwap' },
  '802.1ah': { packet: ethernetOf(0x88e7, concat(fromHex('00001234'), inEthernet)) },
  '802.11': { packet: WIRELESS, link: 105 },
  '802.11, four addresses, QoS, high throughput': { packet: concat(fromHex('8883 0000 020202020202 020202020202 020202020202 1000 020202020202 0000 00000000'), SNAP, IP4), link: 105 },
  '802.11, frames in a frame': { packet: concat(fromHex('8802 0000 020202020202 020202020202 020202020202 1000 8000 020202020202 020202020202'), fromHex((8 + IP4.length).toString(16).padStart(4, '0')), SNAP, IP4, new Uint8Array(30)), link: 105, padding: 30 },
  'radiotap': { packet: concat(fromHex('0000 0800 00000000'), WIRELESS), link: 127 },
  'radiotap with clock and checksum': { packet: concat(fromHex('0000 2100 030000a0 00000020 00000000 0000000000000000 1122334455667788 10'), WIRELESS, new Uint8Array(4)), link: 127, padding: 4 },
  'radiotap, header filled up': { packet: concat(fromHex('0000 0900 02000000 20 8801 0000 020202020202 020202020202 020202020202 1000 0000 0000'), SNAP, IP4), link: 127 },
  'Prism': { packet: concat(fromHex('44000000 90000000'), new Uint8Array(136), WIRELESS), link: 119 },
  'AVS': { packet: concat(fromHex('80211001 00000040'), new Uint8Array(56), WIRELESS), link: 163 },
  'SLL of a wireless interface': { packet: concat(fromHex('0000 0323 0006 0202020202020000 0004 0000 0800 00000000'), WIRELESS), link: 113 },
  'PPI': { packet: concat(fromHex('0000 0c00 01000000 00000000'), inEthernet), link: 192 },
  'PKTAP': { packet: concat(fromHex('6c000000 01000000 0c000000'), new Uint8Array(96), IP4), link: 258 },
  'NFLOG': { packet: concat(fromHex('0200 0001 0800 0100 08000001 0500 0a00 00 000000'), fromHex((4 + IP4.length).toString(16)), fromHex('00 0900'), IP4), link: 239 },
  'NFLOG of a big-endian host': { packet: concat(fromHex('0a00 0001 0008 0001 86dd0100'), fromHex((4 + IP6.length).toString(16).padStart(4, '0')), fromHex('0009'), IP6), link: 239, version: 6 },
  'pflog': { packet: concat(fromHex('3d 02 0000'), new Uint8Array(60), IP4), link: 117 },
  'ERF': { packet: concat(fromHex('0000000000000000 02 04 0060 0000 0050 0000'), inEthernet), link: 197 },
  'ERF with an extension': { packet: concat(fromHex('0000000000000000 96 04 0060 0000 0050 0100000000000000'), IP4), link: 197 },
  'Frame Relay': { packet: concat(fromHex('1841 03cc'), IP4), link: 107 },
  'Frame Relay, SNAP': { packet: concat(fromHex('1841 03 00 80 000000 86dd'), IP6), link: 107, version: 6 },
  'Frame Relay, Cisco': { packet: concat(fromHex('1841 0800'), IP4), link: 107 },
  'ATM': { packet: concat(SNAP, IP4), link: 100 },
  'FDDI': { packet: concat(fromHex('54 020202020202 020202020202'), SNAP, IP4), link: 10 },
  'Token Ring with a route': { packet: concat(fromHex('1040 020202020202 820202020202 0670 0011 0020'), SNAP, IP4), link: 6 },
  'IP over Fibre Channel': { packet: concat(new Uint8Array(16), SNAP, IP4), link: 122 },
  'IP over IEEE 1394': { packet: concat(new Uint8Array(16), fromHex('0800'), IP4), link: 138 },
  'Teredo': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(50000, 50001, ip6Of('2001:0:c000:221::1', B6, 17, UDP)))), tunnel: 'teredo', version: 6 },
  'Teredo with origin': { packet: ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(3544, 50001,
    concat(fromHex('0001 0000 0000000000000001 00 0000 1234 01020304'), ip6Of('2001:0:c000:221::1', B6, 17, UDP))))), tunnel: 'teredo', version: 6 },
}

function found(decoder: Decoder): string {
  const p = decoder.packet
  const words = [p.src0, p.src1, p.src2, p.src3, p.dst0, p.dst1, p.dst2, p.dst3]
  return `${words.map((word) => word.toString(16)).join(' ')} ${p.protocol} ${p.srcPort}>${p.dstPort}`
}

const FOUND4 = '0 0 ffff c0000201 0 0 ffff c6336402 17 6881>51413'
const FOUND6 = '20010db8 0 0 1 20010db8 1 0 2 17 6881>51413'.replaceAll(
  '20010db8',
  (0x20010db8).toString(16),
)

describe('one datagram in many wrappings', () => {
  for (const [name, made] of Object.entries(CASES)) {
    test(name, () => {
      const decoder = new Decoder()
      const status = decodeWhole(decoder, made.packet, made.link)
      assert.equal(STATUS_NAMES[status], 'udp')
      const { packet } = decoder
      assert.equal(packet.version, made.version ?? 4)
      if (!name.startsWith('Teredo')) {
        assert.equal(found(decoder), packet.version === 6 ? FOUND6 : FOUND4)
      }
      assert.equal(hex(payloadOf(decoder)), hex(DATA))
      assert.equal(packet.payloadWireSize, DATA.length)
      assert.ok(packet.ipBytes >= 40 - 12 + 8 && packet.ipBytes <= 120, `${packet.ipBytes}`)
      assert.deepEqual(
        [packet.vlan0, packet.vlan1].filter((id) => id >= 0),
        made.vlans ?? [],
      )
      assert.equal(packet.tunnel, made.tunnel === undefined ? 0 : 1)
      if (made.tunnel !== undefined) assert.equal(decoder.counts.tunnel(made.tunnel as 'gre'), 1)
      assert.equal(decoder.counts.packets, 1)
      assert.equal(decoder.counts.checksumNotJudged, 1)
      assert.equal(decoder.counts.snaplenCut, 0)
    })
  }
})

test('a capture cut at any byte: what was found before stays true, and the size on the wire is known', () => {
  for (const [name, made] of Object.entries(CASES)) {
    const { packet: whole } = made
    const decoder = new Decoder()
    decodeWhole(decoder, whole, made.link)
    const wanted = found(decoder)
    for (let size = 0; size < whole.length; size++) {
      // What lies behind the captured bytes is another packet's: it must not be read.
      const bytes = whole.slice()
      bytes.fill(0x45, size)
      const status = decoder.decode(bytes, 0, size, whole.length, made.link ?? ETHERNET, 0)
      const { packet } = decoder
      const what = `${name} cut at ${size}`
      if (status > DECODED.otherIp) {
        assert.ok(status === DECODED.truncated || made.link === undefined, `${what}: ${status}`)
        continue
      }
      const held = size - (whole.length - (made.padding ?? 0) - DATA.length)
      if (status === DECODED.udp && found(decoder) === wanted) {
        assert.equal(packet.payloadSize, Math.min(Math.max(held, 0), DATA.length), what)
        assert.equal(packet.payloadWireSize, DATA.length, what)
      } else {
        // Only the packet around a tunnel may be found instead.
        assert.ok(made.tunnel !== undefined, `${what}: ${STATUS_NAMES[status]}`)
        assert.equal(packet.tunnel, 0, what)
      }
    }
  }
})

test('a packet cut on the wire, or with any byte changed, never throws nor reads outside', () => {
  const decoder = new Decoder()
  const check = (bytes: Uint8Array, at: number, size: number, link: number, what: string): void => {
    const status = decoder.decode(bytes, at, size, size, link, 0)
    assert.ok(status >= 0 && status < STATUS_NAMES.length, what)
    if (status > DECODED.otherIp) return
    const { packet } = decoder
    assert.ok(packet.payloadSize >= 0 && packet.payloadSize <= packet.payloadWireSize, what)
    assert.ok(packet.payloadWireSize <= 65_535, what)
    if (packet.fragments === 0 && packet.payload === bytes) {
      assert.ok(packet.payloadAt + packet.payloadSize <= at + size, what)
      assert.ok(packet.payloadAt >= at, what)
    }
  }
  for (const [name, { packet, link = ETHERNET }] of Object.entries(CASES)) {
    for (let size = 0; size <= packet.length; size++)
      check(packet, 0, size, link, `${name} ${size}`)
    for (let at = 0; at < packet.length; at++) {
      for (const flip of [0x01, 0x40, 0x80, 0xff]) {
        const bytes = packet.slice()
        bytes[at]! ^= flip
        check(bytes, 0, bytes.length, link, `${name} flip ${at}`)
      }
    }
  }
  const random = randomFrom(3)
  const all = Object.values(CASES)
  for (let i = 0; i < 30_000; i++) {
    const made = all[random() % all.length]!
    const bytes = concat(made.packet, new Uint8Array(20))
    for (let n = random() % 12; n > 0; n--) bytes[random() % bytes.length] = random()
    check(bytes, random() % 3, bytes.length - 3 - (random() % 30), made.link ?? ETHERNET, `${i}`)
  }
})

describe('headers above IP', () => {
  test('TCP with options', () => {
    const decoder = new Decoder()
    const segment = tcpOf(6881, 80, DATA, {
      flags: SYN | ACK,
      sequence: 0xfffffffe,
      acknowledgement: 0x80000001,
      window: 64240,
      options: fromHex('020405b4 01010402'),
    })
    assert.equal(decodeWhole(decoder, ethernetOf(IP, ip4Of(A, B, 6, segment))), DECODED.tcp)
    const { packet } = decoder
    assert.deepEqual(
      [packet.sequence, packet.acknowledgement, packet.tcpFlags, packet.window],
      [0xfffffffe, 0x80000001, 18, 64240],
    )
    assert.equal(hex(payloadOf(decoder)), hex(DATA))
    assert.equal(packet.ipBytes, 20 + 28 + DATA.length)
  })

  test('options cut by the snaplen: the payload is known to be missing', () => {
    const decoder = new Decoder()
    const segment = tcpOf(1, 2, DATA, { options: fromHex('0101080a 00000001 00000002') })
    const packet = ethernetOf(IP, ip4Of(A, B, 6, segment))
    assert.equal(decoder.decode(packet, 0, 14 + 20 + 24, packet.length, ETHERNET, 0), DECODED.tcp)
    assert.deepEqual([decoder.packet.payloadSize, decoder.packet.payloadWireSize], [0, DATA.length])
    assert.equal(decoder.counts.snaplenCut, 1)
  })

  test('total length zero is segmentation offload: the frame says the size', () => {
    const decoder = new Decoder()
    const big = new Uint8Array(70_000).fill(7)
    const packet = ethernetOf(IP, ip4Of(A, B, 6, tcpOf(1, 2, big), { total: 0 }))
    assert.equal(decodeWhole(decoder, packet), DECODED.tcp)
    assert.equal(decoder.packet.payloadSize, 70_000)
    assert.equal(decoder.packet.ipBytes, 70_040)
    assert.equal(decoder.counts.lengthZero, 1)
  })

  test('a total length beyond the frame is believed: the rest is missing', () => {
    const decoder = new Decoder()
    const packet = ethernetOf(IP, ip4Of(A, B, 6, tcpOf(1, 2, DATA), { total: 1500 }))
    assert.equal(decodeWhole(decoder, packet), DECODED.tcp)
    assert.deepEqual([decoder.packet.payloadSize, decoder.packet.payloadWireSize], [12, 1460])
    assert.equal(decoder.counts.snaplenCut, 1)
  })

  test('the UDP length cuts what IP carries beyond it', () => {
    const decoder = new Decoder()
    const packet = ethernetOf(IP, ip4Of(A, B, 17, concat(UDP, new Uint8Array(30))))
    assert.equal(decodeWhole(decoder, packet), DECODED.udp)
    assert.equal(decoder.packet.payloadWireSize, DATA.length)
  })

  test('ICMP: question and answer have mirrored ports', () => {
    const decoder = new Decoder()
    const echo = (type: string): number =>
      decodeWhole(decoder, ip4Of(A, B, 1, fromHex(`${type}00 0000 00010001`)), RAW)
    assert.equal(echo('08'), DECODED.icmp)
    assert.deepEqual([decoder.packet.srcPort, decoder.packet.dstPort], [8, 0])
    assert.equal(echo('00'), DECODED.icmp)
    assert.deepEqual([decoder.packet.srcPort, decoder.packet.dstPort], [0, 8])
    decodeWhole(decoder, ip4Of(A, B, 1, fromHex('0303 0000 00000000')), RAW)
    assert.deepEqual([decoder.packet.srcPort, decoder.packet.dstPort], [3, 3])
    decodeWhole(decoder, ip6Of(A6, B6, 58, fromHex('8700 0000 00000000')), RAW)
    assert.deepEqual([decoder.packet.srcPort, decoder.packet.dstPort], [135, 136])
    assert.equal(decoder.packet.protocol, 58)
  })

  test('SCTP has ports; OSPF has none', () => {
    const decoder = new Decoder()
    assert.equal(decodeWhole(decoder, ip4Of(A, B, 132, fromHex('0b590b5a 00000000')), RAW), 3)
    assert.deepEqual([decoder.packet.srcPort, decoder.packet.dstPort], [2905, 2906])
    assert.equal(decodeWhole(decoder, ip4Of(A, B, 89, fromHex('0201002c')), RAW), 3)
    assert.deepEqual([decoder.packet.protocol, decoder.packet.srcPort], [89, 0])
  })
})

describe('what is not a flow', () => {
  const statusOf = (packet: Uint8Array, link?: number): StatusName =>
    STATUS_NAMES[decodeWhole(new Decoder(), packet, link)]!

  test('not IP', () => {
    assert.equal(statusOf(ethernetOf(0x0806, new Uint8Array(28))), 'not-ip')
    assert.equal(statusOf(ethernetOf(0x88cc, new Uint8Array(28))), 'not-ip')
    assert.equal(statusOf(ethernetOf(38, fromHex('424203 0000000000'))), 'not-ip')
    assert.equal(statusOf(fromHex('ff03 c021 01010004'), 9), 'not-ip')
    assert.equal(statusOf(concat(fromHex('07000000'), IP4), 0), 'not-ip')
  })

  test('a link type that is not read', () => {
    assert.equal(statusOf(inEthernet, 189), 'link-type-not-read')
    // A header that names the link names one that is not read.
    const usb = fromHex('0000 0c00 bd000000 00000000')
    assert.equal(statusOf(concat(usb, IP4), 192), 'link-type-not-read')
    // One that names itself is no way to go on for ever.
    const itself = fromHex('0000 0800 c0000000')
    assert.equal(statusOf(concat(itself, itself, itself, IP4), 192), 'not-ip')
  })

  test('frames of 802.11 that hold no IP, or hide it', () => {
    const control = (first: string) => statusOf(concat(fromHex(first), WIRELESS.subarray(2)), 105)
    assert.equal(control('0801'), 'udp')
    assert.equal(control('8000'), 'not-ip') // a beacon
    assert.equal(control('b400'), 'not-ip') // request to send
    assert.equal(control('4801'), 'not-ip') // data without data
    assert.equal(control('0841'), 'not-ip') // encrypted
    assert.equal(control('0805'), 'not-ip') // more pieces follow
    assert.equal(statusOf(fromHex('d400 0000 020202020202'), 105), 'not-ip') // an acknowledgement
  })

  test('datagrams on the ports of tunnels that are none', () => {
    const tunnels = (port: number, payload: string): number => {
      const inside = concat(fromHex(payload), IP4)
      decodeWhole(tunnelled, ethernetOf(IP, ip4Of(A, B, 17, udpOf(50000, port, inside))))
      return tunnelled.packet.tunnel
    }
    const tunnelled = new Decoder()
    assert.equal(tunnels(1701, '0002 0001 0002 0021'), 1)
    assert.equal(tunnels(1701, 'c802 0001 0002 0021'), 0) // control
    assert.equal(tunnels(1701, '0003 0001 0002 0021'), 0) // version 3
    assert.equal(tunnels(1701, '4002 0005 0001 0002 0021'), 0) // its length does not agree
    assert.equal(tunnels(1701, '0002 0001 0002 c021'), 0) // PPP talks about itself
    assert.equal(tunnels(37008, '0200 0001 01'), 0)
    assert.equal(tunnels(37008, '0100 0007 01'), 0)
    assert.equal(tunnels(4790, '0c000004 00002a00'), 0)
    assert.equal(tunnels(5247, '00 10 0208 00000000'), 0) // a keep-alive
    assert.equal(tunnels(6635, '000221ff 00'), 0)
  })

  test('headers that contradict themselves', () => {
    const broken = (at: number, value: number, from = inEthernet): Uint8Array => {
      const bytes = from.slice()
      bytes[at] = value
      return bytes
    }
    assert.equal(statusOf(broken(14, 0x65)), 'malformed')
    assert.equal(statusOf(broken(14, 0x44)), 'malformed')
    assert.equal(statusOf(broken(17, 19)), 'malformed')
    assert.equal(statusOf(broken(17, 24)), 'malformed')
    assert.equal(statusOf(broken(39, 7)), 'malformed')
    const tcp = ethernetOf(IP, ip4Of(A, B, 6, tcpOf(1, 2, DATA)))
    assert.equal(statusOf(broken(14 + 20 + 12, 0x40, tcp)), 'malformed')
    assert.equal(statusOf(broken(14 + 20 + 12, 0xf0, tcp)), 'malformed')
  })
})

describe('tunnels are a matter of structure', () => {
  const outer = (port: number, payload: Uint8Array): Decoder => {
    const decoder = new Decoder()
    const packet = ethernetOf(IP, ip4Of('10.0.0.1', '10.0.0.2', 17, udpOf(40000, port, payload)))
    assert.equal(decodeWhole(decoder, packet), DECODED.udp)
    return decoder
  }

  test('on a tunnel port, without the structure: a datagram with all its payload', () => {
    const made: readonly (readonly [number, Uint8Array])[] = [
      [4789, concat(fromHex('08000000 00002a01'), inEthernet)],
      [4789, concat(fromHex('08000000 00002a00'), ethernetOf(0x0806, new Uint8Array(28)))],
      [4789, concat(fromHex('08000000 00002a00'), inEthernet.subarray(0, 50))],
      [6081, concat(fromHex('4040 6558 00002a00'), inEthernet)],
      [2152, concat(fromHex('30ff 0005 00000007'), IP4)],
      [3544, ip6Of(A6, B6, 17, UDP)],
      [3544, fromHex('0001 ffff 0000000000000000 00 0000')],
      [40001, ip6Of('2001:0:1::1', B6, 59, new Uint8Array(0))],
      [40001, concat(ip6Of('2001:0:1::1', B6, 17, UDP), new Uint8Array(1))],
    ]
    for (const [port, payload] of made) {
      const decoder = outer(port, payload)
      assert.equal(hex(payloadOf(decoder)), hex(payload))
      const { packet } = decoder
      assert.deepEqual([packet.tunnel, packet.dstPort, packet.src3], [0, port, 0x0a000001])
      assert.equal(
        decoder.counts.tunnels.reduce((sum, each) => sum + each),
        0,
      )
    }
  })

  test('a GRE packet without IP inside stays a packet of the tunnel', () => {
    const decoder = new Decoder()
    const arp = concat(fromHex('0000 6558'), ethernetOf(0x0806, new Uint8Array(28)))
    const packet = ip4Of('10.0.0.1', '10.0.0.2', 47, arp)
    assert.equal(decodeWhole(decoder, packet, RAW), DECODED.otherIp)
    assert.deepEqual([decoder.packet.protocol, decoder.packet.tunnel], [47, 0])
  })

  test('tunnels in tunnels, to a bound', () => {
    const decoder = new Decoder()
    let packet = IP4
    for (let depth = 1; depth <= 5; depth++) {
      packet = ip4Of('10.0.0.1', '10.0.0.2', 4, packet)
      const status = decodeWhole(decoder, packet, RAW)
      assert.equal(status, depth <= 4 ? DECODED.udp : DECODED.tunnelTooDeep)
      if (depth <= 4) assert.equal(decoder.packet.tunnel, depth)
    }
  })
})
