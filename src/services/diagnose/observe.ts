/** Fills the evidence with what is read out of packets. */
import { type Endpoint, isGroup, unroutable } from '../../core/address.ts'
import { bits } from '../../core/bytes.ts'
import type { Claim, Event, Flow, Message } from '../../core/event.ts'
import type { Evidence, Life } from './evidence.ts'
import { nameOfHost } from './misdirection.ts'
import { kindOf } from './spread.ts'

/** Bit of SYN in TCP's flags, RFC 9293. */
const SYN_BIT = 1

/** @param neighbours  families that are no P2P */
export function observe(
  event: Event,
  evidence: Evidence,
  neighbours: ReadonlySet<string> = new Set(),
): void {
  switch (event.type) {
    case 'claim':
      return neighbours.has(event.family) ? undefined : claimed(event, evidence)
    case 'request':
      if (event.content === undefined || neighbours.has(event.family)) return
      if (evidence.isMadeUp(event.content)) evidence.triesMadeUp(event.of.ip, false)
      return evidence.nodesOf(event.family).wants(event.content)
    case 'message':
      return named(event, evidence)
    case 'client': {
      const software = [event.software, event.version].filter(Boolean).join(' ')
      if (software !== '') evidence.says(event.who, software)
      const at = event.listens
      if (at !== undefined && at.ip === event.who.ip && at.port > 0) {
        if (software !== '') evidence.says(at, software)
        evidence.lives(at, event.family, 'peer', event.micros)
      }
      return
    }
    case 'flow':
      return event.p2p?.neighbour ? undefined : flowed(event, evidence)
  }
}

/** A request over HTTP says by which name its target is known to the caller. */
function named({ fields, side, ends, capture, frame }: Message, evidence: Evidence): void {
  const name = side === 0 && typeof fields.host === 'string' ? nameOfHost(fields.host) : undefined
  if (name !== undefined) evidence.names.add({ name, ip: ends[1].ip, how: 'host', capture, frame })
}

function claimed(claim: Claim, evidence: Evidence): void {
  const { by, about, family, via, content, id, micros, capture, frame } = claim
  // Contacts of a DHT have ids of nodes; values are of a content, and have others.
  if (id !== undefined && content === undefined && kindOf(via) === 'dht') {
    evidence.nodesOf(family).add(id, about.ip)
  }
  // A tracker may tell whoever asks of himself.
  const isOther = !claim.ends.some(({ ip }) => ip === about.ip)
  if (content !== undefined && isOther && evidence.isMadeUp(content)) {
    evidence.triesMadeUp(by.ip, true)
  }
  if (about.ip === by.ip) {
    // Who tells of himself is there, as long as it is he who speaks.
    const isHe = claim.ends.some(({ ip }) => ip === by.ip)
    if (isHe && about.port > 0) evidence.lives(about, family, 'peer', micros)
    return
  }
  // Where the bytes allow two readings, which way they are wrong cannot be told from them.
  if (claim.reading !== undefined) return
  const list = `${capture} ${frame} ${via} ${content}`
  const isWithin = isOneNetwork(about, claim.ends)
  evidence.tell({ family, by, about, via, content, micros, capture, frame, list, isWithin })
}

/** Of a private network, whoever tells or hears of it is in one too. */
function isOneNetwork(about: Endpoint, ends: readonly Endpoint[]): boolean {
  const kind = unroutable(about.ip)
  return kind !== undefined && ends.some(({ ip }) => unroutable(ip) === kind)
}

function flowed(flow: Flow, evidence: Evidence): void {
  const { p2p, proto, ends, startMicros, endMicros } = flow
  if (proto !== 'TCP' && proto !== 'UDP') return
  const [opener, other] = ends
  const family = p2p?.family ?? ''
  evidence.call(opener, other, p2p !== undefined)
  evidence.lives(other, family, lifeOfCalled(flow), endMicros)
  // Datagrams come from the port that listens; connections do not.
  const speaks = p2p !== undefined && flow.payloadBytes[0] > 0
  if (proto === 'UDP' && speaks) evidence.lives(opener, family, 'peer', startMicros)
  if (speaks) evidence.takesPart(opener.ip, family)
  asked(flow, evidence)
}

/** One who takes part called somebody who is not there. */
function asked(flow: Flow, evidence: Evidence): void {
  const [by, about] = flow.ends
  const family = flow.p2p?.family ?? evidence.familyOf(by.ip)
  if (family === undefined || isGroup(about.ip)) return
  if (!evidence.isDark(about.ip) && lifeOfCalled(flow) !== 'silent') return
  const { capture, frame, startMicros: micros } = flow
  const list = `${capture} ${frame}`
  const isWithin = isOneNetwork(about, [by])
  const how = { via: 'asked', content: undefined, list, isWithin }
  evidence.ask({ family, by, about, micros, capture, frame, ...how })
}

function lifeOfCalled({ p2p, proto, packets, payloadBytes, tcpFlags, fromStart }: Flow): Life {
  if (p2p !== undefined && p2p.sureness !== 'unsure' && payloadBytes[1] > 0) return 'peer'
  if (proto === 'UDP') return packets[1] > 0 ? 'answers' : 'silent'
  if (payloadBytes[1] > 0) return 'answers'
  if (tcpFlags === undefined || !fromStart) return packets[1] > 0 ? 'answers' : 'silent'
  // A reset says that a host is there, and nobody on that port.
  return bits(tcpFlags[1], SYN_BIT, 1) === 1 ? 'answers' : 'silent'
}
