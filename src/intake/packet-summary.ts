/** What became of the packets, in names and counts: the rows with packets, and what else is worth knowing. */
import { type PacketCounts, STATUS_NAMES, TUNNEL_NAMES } from './packet/packet.ts'

export function packetSummary(counts: PacketCounts): Readonly<Record<string, number>> {
  const rows: [string, number][] = [
    ...STATUS_NAMES.map((name, i): [string, number] => [name, counts.statuses[i]!]),
    ['snaplen-cut', counts.snaplenCut],
    ['vlan-tagged', counts.vlanTagged],
    ['fragments', counts.fragments],
    ['fragments-reassembled', counts.reassembled],
    ['fragments-lost', counts.fragmentsLost],
    ['checksum-not-judged', counts.checksumNotJudged],
    ...TUNNEL_NAMES.map((name, i): [string, number] => [`tunnel-${name}`, counts.tunnels[i]!]),
  ]
  return Object.fromEntries(rows.filter(([, count]) => count > 0))
}
