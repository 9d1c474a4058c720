/**
 * tshark as second opinion, frame by frame: addresses, ports, sizes, sequence numbers, VLAN ids.
 *
 * Known differences, met over all captures of the project and left as they are:
 * - A frame that is shorter than its IP header says: here the header gives the payload's size (the
 *   rest is missing), tshark takes the frame's. Such frames are passed over below.
 * - tshark looks for packets inside OpenFlow, sFlow, CAPWAP and AYIYA; here they are payload.
 * - Teredo between peers on any port: here a tunnel, to tshark data. Bubbles: here the outer datagram.
 * - Fragments wait `limits.fragmentSeconds` here, without bound in tshark.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ip4OfNumber, ip6, parseIp6 } from '../../core/address.ts'
import { sharedCapture } from '../../core/repository.ts'
import { NO_TSHARK, tshark } from '../../core/tshark-in-test.ts'
import { DECODED, Decoder, type Packet } from './packet.ts'
import { decodeAt, eachPacket } from './packets-in-test.ts'

const CAPTURES = [
  'real/bt-utp-ipfrag.pcap',
  'real/other-vlan.pcap',
  'real/other-ipv6-mix.pcap',
  'real/fmt-snaplen128.pcap',
  'third-party/other/ndpi/vxlan.pcap',
  'third-party/other/ndpi/dlt_ppp.pcap',
  'third-party/other/zeek/geneve-many-options.pcap',
]

// biome-ignore format: columns
const FIELDS = [
  'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport',
  'tcp.len', 'udp.length', 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.flags', 'vlan.id', 'frame.protocols',
] as const

/** What tshark sees of one frame, innermost layers only. */
type Row = Readonly<Record<(typeof FIELDS)[number], string>>

function rowsOf(file: string): Row[] {
  const preferences = ['tcp.desegment_tcp_streams:FALSE', 'tcp.analyze_sequence_numbers:FALSE']
  const printed = tshark(
    ...['-r', file, '-T', 'fields', '-E', 'occurrence=l'],
    ...preferences.flatMap((each) => ['-o', each]),
    ...FIELDS.flatMap((field) => ['-e', field]),
  )
  return printed
    .trimEnd()
    .split('\n')
    .map((line) => {
      const values = line.split('\t')
      return Object.fromEntries(FIELDS.map((field, i) => [field, values[i] ?? ''])) as Row
    })
}

function addresses(p: Packet): string {
  if (p.version === 4) return `${ip4OfNumber(p.src3)} ${ip4OfNumber(p.dst3)}`
  const bytes = new Uint8Array(32)
  const view = new DataView(bytes.buffer)
  const words = [p.src0, p.src1, p.src2, p.src3, p.dst0, p.dst1, p.dst2, p.dst3]
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word)
  return `${ip6(bytes, 0)} ${ip6(bytes, 16)}`
}

/** The same facts in one line each, ours and tshark's. */
function ours(status: number, p: Packet): string {
  const ends = `${addresses(p)} ${p.srcPort} ${p.dstPort} ${p.payloadWireSize}`
  if (status === DECODED.udp) return `udp ${ends}`
  return `tcp ${ends} ${p.sequence} ${p.acknowledgement} ${p.tcpFlags}`
}

function theirs(row: Row): string {
  const layers = row['frame.protocols'].split(':')
  const six = layers.lastIndexOf('ipv6') > layers.lastIndexOf('ip')
  const ends = six
    ? [row['ipv6.src'], row['ipv6.dst']].map((each) => ip6(parseIp6(each)!, 0)).join(' ')
    : `${row['ip.src']} ${row['ip.dst']}`
  if (layers.lastIndexOf('udp') > layers.lastIndexOf('tcp')) {
    return `udp ${ends} ${row['udp.srcport']} ${row['udp.dstport']} ${Number(row['udp.length']) - 8}`
  }
  return `tcp ${ends} ${row['tcp.srcport']} ${row['tcp.dstport']} ${row['tcp.len']} ${row['tcp.seq_raw']} ${row['tcp.ack_raw']} ${Number(row['tcp.flags']) & 255}`
}

for (const name of CAPTURES) {
  test(`${name} as tshark sees it`, { skip: NO_TSHARK }, async (context) => {
    const file = sharedCapture(name)
    if (file === undefined) return context.skip('the captures are not on this machine')
    const rows = rowsOf(file)
    const decoder = new Decoder()
    const differences: string[] = []
    let compared = 0
    await eachPacket(file, (cursor) => {
      const row = rows[cursor.frame - 1]!
      const status = decodeAt(decoder, cursor)
      const layers = row['frame.protocols'].split(':')
      // An ICMP error quotes another packet's headers, so "innermost" is not the packet itself.
      const judged = layers.some((each) => each === 'tcp' || each === 'udp')
      if (layers.some((each) => each.startsWith('icmp'))) {
        if (status !== DECODED.icmp) differences.push(`${cursor.frame}: ${status}, tshark: ICMP`)
        return
      }
      if (!judged || status > DECODED.udp) {
        // A fragment that does not complete its datagram is "data" to tshark.
        if (judged || status <= DECODED.udp) differences.push(`${cursor.frame}: ${status}`)
        return
      }
      compared++
      const said = ours(status, decoder.packet)
      if (said !== theirs(row)) differences.push(`${cursor.frame}: ${said}, tshark: ${theirs(row)}`)
      const { vlan0, vlan1, tunnel } = decoder.packet
      const vlan = vlan1 >= 0 ? vlan1 : vlan0
      if (tunnel === 0 && row['vlan.id'] !== (vlan < 0 ? '' : String(vlan))) {
        differences.push(`${cursor.frame}: VLAN ${vlan}, tshark: ${row['vlan.id']}`)
      }
    })
    assert.deepEqual(differences, [])
    assert.ok(compared > 0)
  })
}
