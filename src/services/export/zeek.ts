/**
 * Zeek's logs: `conn.log`, one log per log of the protocols, `weird.log` for faults, `notice.log`
 * for threats, and two of our own: `p2p_claims.log` and `p2p_hosts.log`. A log exists once it has a
 * row, as in Zeek.
 */

import { communityId } from '../../core/community-id.ts'
import type { Claim, Event, Fault, Message, Threat, Verdict } from '../../core/event.ts'
import { type Column, columnsOf, fieldValue } from './zeek-columns.ts'
import { CONN_FIELDS, connRow, ID_FIELDS, idValues } from './zeek-conn.ts'
import {
  type Field,
  jsonText,
  listText,
  type Sink,
  secondsText,
  stringText,
  UNSET,
  ZeekLog,
} from './zeek-log.ts'

const CLAIM_FIELDS: readonly Field[] = [
  ...ID_FIELDS,
  ['family', 'string'],
  ['by_h', 'addr'],
  ['by_p', 'port'],
  ['about_h', 'addr'],
  ['about_p', 'port'],
  ['part', 'string'],
  ['carriers', 'string'],
  ['via', 'string'],
  ['content', 'string'],
  ['peer_id', 'string'],
  ['reading', 'string'],
  ['pcap_filename', 'string'],
  ['pcap_cnt', 'count'],
]

const HOST_FIELDS: readonly Field[] = [
  ['ts', 'time'],
  ['host', 'addr'],
  ['families', 'set[string]'],
  ['parts', 'set[string]'],
  ['sureness', 'string'],
  ['score', 'count'],
  ['reasons', 'vector[string]'],
  ['software', 'set[string]'],
  ['flows', 'count'],
  ['sent_bytes', 'count'],
  ['received_bytes', 'count'],
]

const WEIRD_FIELDS: readonly Field[] = [
  ...ID_FIELDS,
  ['name', 'string'],
  ['addl', 'string'],
  ['notice', 'bool'],
  ['peer', 'string'],
  ['source', 'string'],
]

const NOTICE_FIELDS: readonly Field[] = [
  ...ID_FIELDS,
  ['fuid', 'string'],
  ['proto', 'enum'],
  ['note', 'enum'],
  ['msg', 'string'],
  ['sub', 'string'],
  ['src', 'addr'],
  ['dst', 'addr'],
  ['p', 'port'],
  ['n', 'count'],
  ['peer_descr', 'string'],
  ['actions', 'set[enum]'],
  ['suppress_for', 'interval'],
]

/** `is_orig` says which side sent the message. */
const MESSAGE_FIELDS: readonly Field[] = [...ID_FIELDS, ['is_orig', 'bool']]

export class ZeekLogs {
  readonly #open: (path: string) => Sink
  readonly #schemas: Readonly<Record<string, object>>
  readonly #columns = new Map<string, readonly Column[]>()
  readonly #logs = new Map<string, ZeekLog>()

  /**
   * @param open     opens the file of a log, by its path (`conn` for `conn.log`)
   * @param schemas  JSON Schema of each log of the protocols
   */
  constructor(open: (path: string) => Sink, schemas: Readonly<Record<string, object>>) {
    this.#open = open
    this.#schemas = schemas
  }

  consume(event: Event): void {
    switch (event.type) {
      case 'flow': {
        const community = communityId(event.protoNumber, event.ends)
        return this.#row('conn', CONN_FIELDS, event.startMicros, connRow(event, community))
      }
      case 'message':
        return this.#message(event)
      case 'claim':
        return this.#row('p2p_claims', CLAIM_FIELDS, event.micros, claimRow(event))
      case 'fault':
        return this.#row('weird', WEIRD_FIELDS, event.micros, weirdRow(event))
      case 'threat':
        return this.#row('notice', NOTICE_FIELDS, event.micros, noticeRow(event))
      case 'verdict':
        return this.#row('p2p_hosts', HOST_FIELDS, event.micros, hostRow(event))
    }
  }

  close(): void {
    for (const log of this.#logs.values()) log.close()
    this.#logs.clear()
  }

  #row(path: string, fields: readonly Field[], micros: number, values: readonly string[]): void {
    let log = this.#logs.get(path)
    if (log === undefined) {
      log = new ZeekLog(path, fields, this.#open(path), micros)
      this.#logs.set(path, log)
    }
    log.row(micros, values)
  }

  #message(event: Message): void {
    let columns = this.#columns.get(event.log)
    if (columns === undefined) {
      columns = columnsOf(this.#schemas[event.log] ?? {})
      this.#columns.set(event.log, columns)
    }
    const values = idValues(event.micros, event.flow, event.ends)
    values.push(event.side === 0 ? 'T' : 'F')
    for (const column of columns) values.push(jsonText(fieldValue(event.fields, column)))
    const fields = this.#logs.has(event.log)
      ? MESSAGE_FIELDS
      : [...MESSAGE_FIELDS, ...columns.map(({ field }) => field)]
    this.#row(event.log, fields, event.micros, values)
  }
}

function optionalText(value: string | undefined): string {
  return value === undefined ? UNSET : stringText(value)
}

function claimRow(claim: Claim): string[] {
  return [
    ...idValues(claim.micros, claim.flow, claim.ends),
    claim.family,
    claim.by.ip,
    String(claim.by.port),
    claim.about.ip,
    String(claim.about.port),
    stringText(claim.part),
    claim.carriers,
    stringText(claim.via),
    optionalText(claim.content),
    optionalText(claim.id),
    claim.reading ?? UNSET,
    stringText(claim.capture),
    String(claim.frame),
  ]
}

function weirdRow(fault: Fault): string[] {
  return [
    ...idValues(fault.micros, fault.flow, fault.ends),
    stringText(fault.fault.replaceAll('-', '_')),
    stringText(`${fault.wire} at ${fault.at} of ${fault.side === 0 ? 'orig' : 'resp'}`),
    'F',
    UNSET,
    stringText(fault.wire.split('/')[0] ?? fault.wire),
  ]
}

function noticeRow(threat: Threat): string[] {
  const [opener, other] = threat.ends
  const to = threat.by.ip === opener.ip ? other : opener
  return [
    ...idValues(threat.micros, threat.flow, threat.ends),
    UNSET,
    threat.carrier,
    stringText(`Peerscope::${threat.threat}`),
    stringText(threat.why),
    stringText(`${threat.severity}${threat.content === undefined ? '' : ` ${threat.content}`}`),
    threat.by.ip,
    to.ip,
    String(to.port),
    UNSET,
    UNSET,
    'Notice::ACTION_LOG',
    UNSET,
  ]
}

function hostRow(verdict: Verdict): string[] {
  return [
    secondsText(verdict.micros),
    verdict.host,
    listText(verdict.families),
    listText(verdict.parts ?? []),
    verdict.sureness,
    String(verdict.score),
    listText(verdict.reasons.map(({ text, frame }) => `${text} (frame ${frame})`)),
    listText(verdict.software),
    String(verdict.flows),
    String(verdict.bytes[0]),
    String(verdict.bytes[1]),
  ]
}
