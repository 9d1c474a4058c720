/**
 * `conn.log`: one row a flow.
 *
 * Zeek follows every segment; a flow's account here keeps which flags each side sent, not in which
 * order. What follows from that: `history` names each thing that was seen once, in the order
 * S h A a D d F f R r G g (upper case: the opener), and `conn_state` is derived from the same
 * flags, so that RSTO and RSTR are told apart by who sent the RST, and a half-closed S2 or S3 by
 * who sent the FIN.
 */
import type { Flow } from '../../core/event.ts'
import { zeekUid } from './flow-id.ts'
import { type Field, listText, secondsText, stringText, UNSET } from './zeek-log.ts'

/** The first columns of every log about a flow. */
export const ID_FIELDS: readonly Field[] = [
  ['ts', 'time'],
  ['uid', 'string'],
  ['id.orig_h', 'addr'],
  ['id.orig_p', 'port'],
  ['id.resp_h', 'addr'],
  ['id.resp_p', 'port'],
]

export const CONN_FIELDS: readonly Field[] = [
  ...ID_FIELDS,
  ['proto', 'enum'],
  ['service', 'string'],
  ['duration', 'interval'],
  ['orig_bytes', 'count'],
  ['resp_bytes', 'count'],
  ['conn_state', 'string'],
  ['local_orig', 'bool'],
  ['local_resp', 'bool'],
  ['missed_bytes', 'count'],
  ['history', 'string'],
  ['orig_pkts', 'count'],
  ['orig_ip_bytes', 'count'],
  ['resp_pkts', 'count'],
  ['resp_ip_bytes', 'count'],
  ['tunnel_parents', 'set[string]'],
  ['ip_proto', 'count'],
  ['community_id', 'string'],
  ['p2p_part', 'string'],
  ['p2p_sureness', 'string'],
  ['p2p_reasons', 'vector[string]'],
  ['p2p_taught_by', 'string'],
]

/** Values of ID_FIELDS. */
export function idValues(micros: number, flow: number, ends: Flow['ends']): string[] {
  const [opener, other] = ends
  return [
    secondsText(micros),
    zeekUid(flow, ends),
    opener.ip,
    String(opener.port),
    other.ip,
    String(other.port),
  ]
}

const PROTOS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp' }

export function connRow(flow: Flow, community: string | undefined): string[] {
  const { packets, bytes, payloadBytes, p2p, gapBytes } = flow
  const several = packets[0] + packets[1] > 1
  const taught = p2p?.taughtBy
  return [
    ...idValues(flow.startMicros, flow.flow, flow.ends),
    PROTOS[flow.protoNumber] ?? 'unknown_transport',
    p2p ? stringText(p2p.family) : UNSET,
    several ? secondsText(flow.endMicros - flow.startMicros) : UNSET,
    String(payloadBytes[0]),
    String(payloadBytes[1]),
    connState(flow),
    UNSET,
    UNSET,
    String(gapBytes ? gapBytes[0] + gapBytes[1] : 0),
    history(flow),
    String(packets[0]),
    String(bytes[0]),
    String(packets[1]),
    String(bytes[1]),
    UNSET,
    String(flow.protoNumber),
    community ?? UNSET,
    p2p ? stringText(p2p.part) : UNSET,
    p2p ? p2p.sureness : UNSET,
    p2p ? listText(p2p.reasons) : UNSET,
    taught ? stringText(`${taught.capture} frame ${taught.frame} ${taught.via}`) : UNSET,
  ]
}

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const ACK = 0x10

export function connState(flow: Pick<Flow, 'tcpFlags' | 'packets' | 'protoNumber'>): string {
  if (flow.tcpFlags) return tcpConnState(flow.tcpFlags[0], flow.tcpFlags[1])
  if (flow.protoNumber !== 17) return 'OTH'
  if (flow.packets[0] === 0) return 'SHR'
  return flow.packets[1] > 0 ? 'SF' : 'S0'
}

function tcpConnState(opener: number, other: number): string {
  const openerSyn = (opener & SYN) !== 0
  const otherSyn = (other & SYN) !== 0
  if (openerSyn && otherSyn) {
    if ((opener & RST) !== 0) return 'RSTO'
    if ((other & RST) !== 0) return 'RSTR'
    if ((opener & other & FIN) !== 0) return 'SF'
    if ((opener & FIN) !== 0) return 'S2'
    return (other & FIN) !== 0 ? 'S3' : 'S1'
  }
  if (openerSyn) {
    if ((opener & RST) !== 0) return 'RSTOS0'
    if ((other & RST) !== 0) return 'REJ'
    if ((opener & FIN) !== 0) return 'SH'
    return other === 0 ? 'S0' : 'OTH'
  }
  if (otherSyn) {
    if ((other & RST) !== 0) return 'RSTRH'
    if ((other & FIN) !== 0) return 'SHR'
  }
  return 'OTH'
}

/** What was seen of each side, in Zeek's letters. */
function history(flow: Flow): string {
  const { tcpFlags, payloadBytes, gapBytes } = flow
  let seen = ''
  if (tcpFlags) {
    if ((tcpFlags[0] & SYN) !== 0) seen += 'S'
    if ((tcpFlags[1] & SYN) !== 0) seen += 'h'
    if ((tcpFlags[0] & ACK) !== 0) seen += 'A'
    // The ACK of the SYN-ACK is in its `h`; an `a` of its own cannot be told from it.
    if ((tcpFlags[1] & ACK) !== 0 && flow.packets[1] > 1) seen += 'a'
  }
  if (payloadBytes[0] > 0) seen += 'D'
  if (payloadBytes[1] > 0) seen += 'd'
  if (tcpFlags) {
    if ((tcpFlags[0] & FIN) !== 0) seen += 'F'
    if ((tcpFlags[1] & FIN) !== 0) seen += 'f'
    if ((tcpFlags[0] & RST) !== 0) seen += 'R'
    if ((tcpFlags[1] & RST) !== 0) seen += 'r'
  }
  if (gapBytes && gapBytes[0] > 0) seen += 'G'
  if (gapBytes && gapBytes[1] > 0) seen += 'g'
  return seen === '' ? UNSET : seen
}
