/**
 * Suricata EVE JSON: one object a line. What Suricata has (`flow`, `anomaly`, `bittorrent_dht`,
 * `stats`) is written as Suricata writes it; what it has not stands under `event_type`s of our own
 * whose object has the same name. `eve-schema.ts` is the same said as JSON Schema.
 */
import type { Endpoint } from '../../core/address.ts'
import { communityId, icmpCode } from '../../core/community-id.ts'
import type { Event, Flow, Side, Stamp, Verdict } from '../../core/event.ts'
import { decisionJson, isDrop } from './eve-decision.ts'
import { flowJson, taughtByJson } from './eve-flow.ts'
import { incidentLine } from './eve-incident.ts'
import { flowId } from './flow-id.ts'
import { endpointJson, quoted, quotedWord, TimeText } from './json-text.ts'

/** What the last line (`stats`) tells. The counts of a run, as the pipeline gives them. */
export interface Accounting {
  readonly packets: number
  readonly bytes: number
  readonly flows: number
  readonly firstMicros?: number | undefined
  readonly lastMicros?: number | undefined
  readonly packetCounts: Readonly<Record<string, number>>
  readonly messages: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly faults: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly limits: Readonly<Record<string, number>>
  readonly damage: readonly {
    readonly capture: string
    readonly offset: number
    readonly cause: string
  }[]
  /** Of an interface that is watched. */
  readonly live?: LiveAccounting
}

export interface LiveAccounting {
  /** Packets that the kernel had for us, and of these, those that it dropped. */
  readonly received: number
  readonly dropped: number
  /** Share of the ring that waited to be read, at most, 0 to 1. */
  readonly ringUse: number
  readonly lagMillis: number
}

/** The texts that all events of a flow share. */
interface Head {
  readonly flow: number
  readonly id: string
  /** Addresses as seen in packets of side 0 and of side 1. */
  readonly tuples: readonly [string, string]
  readonly community: string
}

/** Texts of flows that are kept; messages of a flow come close together. */
const HEADS_KEPT = 4096

const TCP = 6
const UDP = 17
const SCTP = 132
const ICMP = 1
const ICMP6 = 58

/** Makes the lines of one run; keeps nothing but short texts that many lines share. */
export class Eve {
  readonly #time = new TimeText()
  readonly #heads = new Array<Head | undefined>(HEADS_KEPT).fill(undefined)
  #capture = ''
  #captureJson = '""'

  /** The line of an event, without its end, or undefined where it has none. */
  line(event: Event): string | undefined {
    switch (event.type) {
      case 'flow': {
        const head = this.#lastHead(event)
        const vlan = event.vlan ? `,"vlan":[${event.vlan.join()}]` : ''
        const app = event.p2p ? `,"app_proto":${quotedWord(event.p2p.family)}` : ''
        const start = this.#start(event.micros, head, event.frame, 'flow', vlan)
        return `${start}${head.tuples[0]}${app}${this.#end(event.capture, head)},${flowJson(event, this.#time)}}`
      }
      case 'message':
        return this.#line(event, event.log, event.side, JSON.stringify(event.fields))
      case 'fault':
        return this.#line(event, 'anomaly', event.side, anomalyJson(event))
      case 'recognition':
        if (event.withdrawn === undefined) return undefined
        return this.#line(event, 'p2p_recognition', 0, this.#recognition(event))
      case 'limit':
        return (
          `{"timestamp":"${this.#time.of(event.micros)}","event_type":"anomaly"` +
          `,"anomaly":{"type":"unknown","event":${quoted(`limit-${event.limit}`)}}` +
          `,"p2p_limit":{"limit":${quoted(event.limit)},"count":${event.count}}}`
        )
      case 'verdict':
        return this.#verdict(event)
      case 'decision': {
        const tcp = event.carrier === 'tcp'
        const head = this.#head(event.flow, event.ends, tcp ? 'TCP' : 'UDP', tcp ? TCP : UDP)
        const log = isDrop(event) ? 'drop' : 'p2p_wall'
        const start = this.#start(event.micros, head, event.frame, log, '')
        const app = event.family ? `,"app_proto":${quotedWord(event.family)}` : ''
        const body = decisionJson(event, this.#time)
        const side = log === 'drop' ? (event.packet?.side ?? 0) : 0
        return `${start}${head.tuples[side]}${app}${this.#end(event.capture, head)},${body}}`
      }
      case 'incident':
      case 'cause':
        return incidentLine(event, this.#time)
      case 'flow-update':
      case 'traffic':
        // Suricata says a flow once, when it ends.
        return undefined
      default:
        return this.#line(event, `p2p_${event.type}`, actingSide(event), saidJson(event))
    }
  }

  /** The last line: what became of everything. */
  stats(totals: Accounting): string {
    const micros = totals.lastMicros ?? 0
    const uptime = Math.floor((micros - (totals.firstMicros ?? micros)) / 1_000_000)
    const { live } = totals
    const stats = {
      uptime: Math.max(0, uptime),
      ...(live && { capture: { kernel_packets: live.received, kernel_drops: live.dropped } }),
      decoder: {
        pkts: totals.packets,
        bytes: totals.bytes,
        by_status: pairs(totals.packetCounts, 'status'),
      },
      flow: { total: totals.flows },
      p2p: {
        messages: triples(totals.messages, 'family', 'name'),
        faults: triples(totals.faults, 'wire', 'fault'),
        limits: pairs(totals.limits, 'limit'),
        damage: totals.damage.map(({ capture, offset, cause }) => ({
          pcap_filename: capture,
          offset,
          cause,
        })),
        ...(live && {
          live: { ring_use: Math.round(100 * live.ringUse) / 100, lag_ms: live.lagMillis },
        }),
      },
    }
    const time = this.#time.of(micros)
    return `{"timestamp":"${time}","event_type":"stats","stats":${JSON.stringify(stats)}}`
  }

  #line(event: Stamp, log: string, side: Side, body: string): string {
    const tcp = event.carrier === 'tcp'
    const head = this.#head(event.flow, event.ends, tcp ? 'TCP' : 'UDP', tcp ? TCP : UDP)
    const start = this.#start(event.micros, head, event.frame, log, '')
    const app = `,"app_proto":${quotedWord(event.family)}`
    return `${start}${head.tuples[side]}${app}${this.#end(event.capture, head)},${quotedWord(log)}:${body}}`
  }

  #start(micros: number, head: Head, frame: number, log: string, vlan: string): string {
    const time = this.#time.of(micros)
    return `{"timestamp":"${time}","flow_id":${head.id},"pcap_cnt":${frame},"event_type":${quotedWord(log)}${vlan}`
  }

  #end(capture: string, head: Head): string {
    if (capture !== this.#capture) {
      this.#capture = capture
      this.#captureJson = quoted(capture)
    }
    return `${head.community},"pcap_filename":${this.#captureJson}`
  }

  /** The flow ends here: what is kept would only grow old. Most flows had no event before. */
  #lastHead({ flow, ends, proto, protoNumber }: Flow): Head {
    const at = flow % HEADS_KEPT
    const kept = this.#heads[at]
    if (kept === undefined || kept.flow !== flow) return newHead(flow, ends, proto, protoNumber)
    this.#heads[at] = undefined
    return kept
  }

  #head(flow: number, ends: Stamp['ends'], proto: string, protocol: number): Head {
    const at = flow % HEADS_KEPT
    const kept = this.#heads[at]
    if (kept !== undefined && kept.flow === flow) return kept
    const head = newHead(flow, ends, proto, protocol)
    this.#heads[at] = head
    return head
  }

  #recognition(event: Extract<Event, { type: 'recognition' }>): string {
    const { part, sureness, reasons, taughtBy, withdrawn } = event
    const taught = taughtBy ? `,"taught_by":${taughtByJson(taughtBy, this.#time)}` : ''
    return (
      `{"family":${quotedWord(event.family)},"part":${quoted(part)},"sureness":"${sureness}"` +
      `,"reasons":${JSON.stringify(reasons)}${taught},"withdrawn":${quoted(withdrawn ?? '')}}`
    )
  }

  #verdict(verdict: Verdict): string {
    const reasons = verdict.reasons.map(
      ({ weight, text, capture, frame }) =>
        `{"weight":${weight},"text":${quoted(text)},"pcap_filename":${quoted(capture)},"pcap_cnt":${frame}}`,
    )
    const parts = verdict.parts ? `,"parts":${JSON.stringify(verdict.parts)}` : ''
    return (
      `{"timestamp":"${this.#time.of(verdict.micros)}","event_type":"p2p_host"` +
      `,"src_ip":${quoted(verdict.host)},"ip_v":${verdict.host.includes(':') ? 6 : 4}` +
      `,"p2p_host":{"host":${quoted(verdict.host)},"families":${JSON.stringify(verdict.families)}` +
      `${parts},"sureness":"${verdict.sureness}","score":${verdict.score}` +
      `,"reasons":[${reasons.join()}],"software":${JSON.stringify(verdict.software)}` +
      `,"flows":${verdict.flows},"bytes_sent":${verdict.bytes[0]},"bytes_received":${verdict.bytes[1]}}}`
    )
  }
}

function newHead(flow: number, ends: Stamp['ends'], proto: string, protocol: number): Head {
  const community = communityId(protocol, ends)
  const version = ends[0].ip.includes(':') ? 6 : 4
  const rest = `,"proto":${quoted(proto)},"ip_v":${version}`
  return {
    flow,
    id: String(flowId(flow, ends)),
    tuples: [
      tuple(ends[0], ends[1], protocol, ends) + rest,
      tuple(ends[1], ends[0], protocol, ends) + rest,
    ],
    community: community === undefined ? '' : `,"community_id":"${community}"`,
  }
}

/** Source and destination; ICMP has its type and code, other protocols have no ports. */
function tuple(from: Endpoint, to: Endpoint, protocol: number, ends: Stamp['ends']): string {
  const withPorts = protocol === TCP || protocol === UDP || protocol === SCTP
  const fromPort = withPorts ? `,"src_port":${from.port}` : ''
  const toPort = withPorts ? `,"dest_port":${to.port}` : ''
  const icmp =
    protocol === ICMP || protocol === ICMP6
      ? `,"icmp_type":${ends[0].port},"icmp_code":${icmpCode(protocol, ends)}`
      : ''
  return `,"src_ip":${quoted(from.ip)}${fromPort},"dest_ip":${quoted(to.ip)}${toPort}${icmp}`
}

type Fault = Extract<Event, { type: 'fault' }>

/** Suricata's object holds Suricata's keys; what only we know stands beside it. */
function anomalyJson(fault: Fault): string {
  return (
    `{"type":"applayer","event":${quoted(fault.fault)},"layer":"proto_parser"` +
    `,"app_proto":${quoted(fault.family)}}` +
    `,"p2p_fault":{"wire":${quoted(fault.wire)},"at":${fault.at},"resumes":${fault.resumes}}`
  )
}

type Told = Extract<
  Event,
  { type: 'claim' | 'request' | 'share' | 'search' | 'transfer' | 'client' | 'threat' }
>

/** Who spoke, for the direction of the event. */
function actor(event: Told): Endpoint {
  if (event.type === 'transfer') return event.from
  return event.type === 'client' ? event.who : event.by
}

/** 1 where the other side spoke. A proxy or NAT may show another port, so the address decides then. */
function actingSide(event: Told): Side {
  const who = actor(event)
  const [opener, other] = event.ends
  if (who.ip === other.ip && who.port === other.port) return 1
  return who.ip === other.ip && who.ip !== opener.ip ? 1 : 0
}

function saidJson(event: Told): string {
  if (event.type === 'claim') {
    return (
      `{"by":${endpointJson(event.by)},"about":${endpointJson(event.about)}` +
      `,"part":${quotedWord(event.part)},"carriers":"${event.carriers}","via":${quotedWord(event.via)}` +
      `${optional('content', event.content)}${optional('id', event.id)}` +
      `${optional('reading', event.reading)}}`
    )
  }
  const { type, family, flow, micros, ends, carrier, capture, frame, ...said } = event
  return JSON.stringify(said)
}

function optional(key: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${key}":${quoted(value)}`
}

/** EVE keys have no hyphens and schemas no open ends, so tables become lists. */
function pairs(counts: Readonly<Record<string, number>>, key: string): object[] {
  return Object.entries(counts).map(([name, count]) => ({ [key]: name, count }))
}

function triples(
  table: Readonly<Record<string, Readonly<Record<string, number>>>>,
  row: string,
  column: string,
): object[] {
  return Object.entries(table).flatMap(([name, counts]) =>
    Object.entries(counts).map(([key, count]) => ({ [row]: name, [column]: key, count })),
  )
}
