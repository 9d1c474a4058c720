/**
 * The `flow` and `tcp` objects of EVE, as Suricata writes them, and our `p2p` beside them.
 */
import type { Flow, FlowVerdict, TaughtBy } from '../../core/event.ts'
import { endpointJson, quoted, quotedWord, type TimeText } from './json-text.ts'

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const ACK = 0x10

/** Keys of the flags that were seen, in Suricata's order. */
// biome-ignore format: a table
const FLAG_KEYS = [
  [SYN, 'syn'], [FIN, 'fin'], [RST, 'rst'], [0x08, 'psh'],
  [ACK, 'ack'], [0x20, 'urg'], [0x40, 'ecn'], [0x80, 'cwr'],
] as const

/** Why a flow's account was closed, in Suricata's words. A closed connection waits, then times out. */
const REASONS: Readonly<Record<Flow['reason'], string>> = {
  closed: 'timeout',
  timeout: 'timeout',
  evicted: 'forced',
  'end-of-capture': 'shutdown',
}

export function flowJson(flow: Flow, time: TimeText): string {
  const { packets, bytes } = flow
  const age = Math.floor((flow.endMicros - flow.startMicros) / 1_000_000)
  return (
    `"flow":{"pkts_toserver":${packets[0]},"pkts_toclient":${packets[1]}` +
    `,"bytes_toserver":${bytes[0]},"bytes_toclient":${bytes[1]}` +
    `,"start":"${time.of(flow.startMicros)}","end":"${time.of(flow.endMicros)}"` +
    `,"age":${Math.max(0, age)},"state":"${flowState(flow)}","reason":"${REASONS[flow.reason]}"` +
    `,"alerted":false}${flow.tcpFlags ? tcpJson(flow.tcpFlags) : ''}` +
    `${flow.p2p ? verdictJson(flow.p2p, time) : ''}`
  )
}

/** `new` until the other side has answered. */
function flowState(flow: Flow): string {
  if (flow.tcpFlags) {
    const state = tcpState(flow.tcpFlags)
    if (state === 'closed') return 'closed'
    return state === 'syn_sent' || state === 'syn_recv' ? 'new' : 'established'
  }
  return flow.packets[0] > 0 && flow.packets[1] > 0 ? 'established' : 'new'
}

/** From the flags that were seen, not from a state machine: the order of FINs is not known. */
function tcpState([opener, other]: readonly [number, number]): string {
  const both = opener | other
  if ((both & RST) !== 0 || (opener & other & FIN) !== 0) return 'closed'
  if ((both & FIN) !== 0) return 'fin_wait1'
  if ((opener & SYN) !== 0 && (other & SYN) === 0 && (other & ACK) === 0) return 'syn_sent'
  if ((other & SYN) !== 0 && (opener & ACK) === 0) return 'syn_recv'
  return 'established'
}

function tcpJson(flags: readonly [number, number]): string {
  const both = flags[0] | flags[1]
  let keys = ''
  for (const [flag, key] of FLAG_KEYS) if ((both & flag) !== 0) keys += `,"${key}":true`
  return (
    `,"tcp":{"tcp_flags":"${hexByte(both)}","tcp_flags_ts":"${hexByte(flags[0])}"` +
    `,"tcp_flags_tc":"${hexByte(flags[1])}"${keys},"state":"${tcpState(flags)}"}`
  )
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

function hexByte(flags: number): string {
  return HEX[flags & 0xff]!
}

function verdictJson(verdict: FlowVerdict, time: TimeText): string {
  const { family, part, sureness, reasons, neighbour, taughtBy } = verdict
  const taught = taughtBy ? `,"taught_by":${taughtByJson(taughtBy, time)}` : ''
  return (
    `,"${neighbour ? 'neighbour' : 'p2p'}":{"family":${quotedWord(family)},"part":${quotedWord(part)}` +
    `,"sureness":"${sureness}","reasons":${JSON.stringify(reasons)}${taught}}`
  )
}

export function taughtByJson(taught: TaughtBy, time: TimeText): string {
  const content = taught.content === undefined ? '' : `,"content":${quoted(taught.content)}`
  return (
    `{"pcap_filename":${quoted(taught.capture)},"pcap_cnt":${taught.frame}` +
    `,"via":${quotedWord(taught.via)},"by":${endpointJson(taught.by)}` +
    `,"endpoint":${endpointJson(taught.endpoint)},"timestamp":"${time.of(taught.micros)}"${content}}`
  )
}
