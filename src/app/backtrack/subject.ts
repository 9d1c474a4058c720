/**
 * What is to be backtracked: incidents, contents and addresses, as a person names them; and what an events
 * file, of `read`, `honeynet` or `incidents`, knows of them.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type Endpoint, endpointText, parseEndpoint, parseIp } from '../../core/address.ts'
import type { CrawlerKind } from '../../core/crawler.ts'
import type { Claim, Client, Incident, Request } from '../../core/event.ts'
import type { Protocol } from '../../core/protocol.ts'
import { shown } from '../../core/text.ts'
import type { Goal, Learned } from '../../services/backtrack/frontier.ts'
import { UsageError } from '../exit-codes.ts'

export type Kinds = ReadonlyMap<string, CrawlerKind>

export function kindsOf(cards: readonly Protocol[]): Kinds {
  return new Map(
    cards.flatMap(({ name, crawler }): [string, CrawlerKind][] =>
      crawler === undefined ? [] : [[name, crawler]],
    ),
  )
}

/** An address, or one port of it. */
export interface Target {
  readonly ip: string
  readonly port?: number
}

export interface Subject {
  readonly goals: readonly Goal[]
  readonly targets: readonly Target[]
  /** Who may know, out of the events. */
  readonly seeds: readonly Learned[]
  /** What the events tell already. */
  readonly claims: readonly Claim[]
}

type Known = Claim | Client | Request | Incident

/** Longer lines are no events; a report of all incidents is one line. */
const LINE_BYTES_MAX = 67_108_864
const EVENTS_BYTES_MAX = 536_870_912
const ABOUT = new Set(['claim', 'client', 'request', 'incident'])

/** @throws UsageError where a word names nothing */
export function subjectOf(
  words: readonly string[],
  eventsPath: string | undefined,
  size: number | undefined,
  kinds: Kinds,
): Subject {
  const events = eventsPath === undefined ? [] : readEvents(eventsPath)
  const incidents = incidentsIn(events)
  const contents = new Set<string>()
  const targets: Target[] = []
  for (const word of words) {
    const content = contentOf(word, kinds)
    const target = content === undefined ? targetOf(word, incidents) : undefined
    if (content !== undefined) contents.add(content)
    else if (target !== undefined) targets.push(target)
    else throw new UsageError(`${shown(word)}: ${unknownAs(word, incidents.length, eventsPath)}`)
  }
  for (const content of contentsOf(targets, events)) contents.add(content)
  const goals = [...contents].map((content) => ({ content, ...(size !== undefined && { size }) }))
  return {
    goals,
    targets,
    seeds: seedsOf(events, contents, kinds),
    claims: events.filter((event): event is Claim => event.type === 'claim'),
  }
}

/** Each once, as it was told last: whoever watches says that one is open, and later that it is closed. */
function incidentsIn(events: readonly Known[]): Incident[] {
  const incidents = new Map<string, Incident>()
  for (const event of events) {
    if (event.type !== 'incident') continue
    incidents.set(`${event.family} ${endpointText(event.target)} ${event.startMicros}`, event)
  }
  return [...incidents.values()]
}

/** A URN, or a hash or link that some protocol knows. */
export function contentOf(word: string, kinds: Kinds): string | undefined {
  for (const { contentOf: read } of kinds.values()) {
    const content = read?.(word)
    if (content !== undefined) return content
  }
  return /^urn:[!-~]+$/.test(word) ? word : undefined
}

function unknownAs(word: string, incidents: number, eventsPath: string | undefined): string {
  if (!/^\d{1,6}$/.test(word)) return 'neither an incident, a content nor an address'
  if (eventsPath === undefined) return 'an incident has its number in a file: say --events FILE'
  return `no such incident: ${incidents} in ${shown(eventsPath)}`
}

/** The number of an incident, from 1, in the order of the file; an address; an address and port. */
function targetOf(word: string, incidents: readonly Incident[]): Target | undefined {
  if (/^\d{1,6}$/.test(word)) return incidents[Number(word) - 1]?.target
  const ip = parseIp(word)
  return ip === undefined ? parseEndpoint(word) : { ip }
}

/** What was asked of these addresses, and what was told of them. */
function* contentsOf(targets: readonly Target[], events: readonly Known[]): Generator<string> {
  const isTarget = (at: Endpoint) =>
    targets.some(({ ip, port }) => ip === at.ip && (port === undefined || port === at.port))
  for (const event of events) {
    if (event.type === 'incident' && isTarget(event.target)) {
      for (const { name } of event.contents) if (name.startsWith('urn:')) yield name
    } else if (event.type === 'request' && isTarget(event.of)) {
      if (event.content !== undefined) yield event.content
    } else if (event.type === 'claim' && isTarget(event.about)) {
      if (event.content !== undefined) yield event.content
    }
  }
}

/** Endpoints that were told, and callers that said where they listen. */
function seedsOf(events: readonly Known[], contents: ReadonlySet<string>, kinds: Kinds): Learned[] {
  const seeds = new Map<string, Learned>()
  const add = (seed: Learned) => {
    const isOfIt = seed.content === undefined || contents.has(seed.content)
    if (isOfIt) seeds.set(`${seed.part} ${endpointText(seed.at)} ${seed.content ?? ''}`, seed)
  }
  for (const event of events) {
    const channels = 'family' in event ? kinds.get(event.family)?.channels : undefined
    if (event.type === 'claim') {
      const { family, part, about: at, content, id } = event
      const named = { ...(content !== undefined && { content }), ...(id !== undefined && { id }) }
      if (channels !== undefined) add({ family, part, at, ...named, hops: 0 })
    } else if (event.type === 'client' && event.listens !== undefined) {
      for (const { kind, asks } of channels ?? []) {
        if (kind !== 'exchange') continue
        for (const part of asks) add({ family: event.family, part, at: event.listens, hops: 0 })
      }
    }
  }
  return [...seeds.values()]
}

/** `tracker@127.0.0.1:6969/announce`: whom to ask first, as which part, and what a question needs besides. */
export function seedOf(text: string, kinds: Kinds): readonly Learned[] {
  const match = /^([a-z][a-z0-9-]*)@([^/]+)(\/[!-~]*)?$/.exec(text)
  const at = match === null ? undefined : parseEndpoint(match[2]!)
  if (match === null || at === undefined || at.port === 0) {
    throw new UsageError(`--ask ${shown(text)}: say PART@ADDRESS:PORT, as dht@127.0.0.1:6881`)
  }
  const part = match[1]!
  const families = [...kinds].filter(([, { channels }]) => {
    return channels.some(({ asks }) => asks.includes(part))
  })
  if (families.length === 0) {
    const parts = [...kinds.values()].flatMap(({ channels }) =>
      channels.flatMap((each) => each.asks),
    )
    const known = [...new Set(parts)].sort().join(', ')
    throw new UsageError(`--ask ${shown(text)}: nobody is asked as that; there are ${known}`)
  }
  const extra = match[3] === undefined ? {} : { extra: match[3] }
  return families.map(([family]) => ({ family, part, at, ...extra, hops: 0 }))
}

/** Lines of events (NDJSON or EVE), or one report of `incidents --format json`. */
function readEvents(path: string): Known[] {
  const events: Known[] = []
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    if (size > EVENTS_BYTES_MAX) throw new UsageError(`--events ${shown(path)}: too large`)
    const bytes = Buffer.allocUnsafe(size)
    const count = readSync(fd, bytes, 0, size, 0)
    for (let at = 0; at < count; ) {
      const end = bytes.indexOf(0x0a, at)
      const to = end < 0 ? count : end
      if (to - at <= LINE_BYTES_MAX) events.push(...eventsOf(bytes.toString('utf8', at, to)))
      at = to + 1
    }
  } finally {
    closeSync(fd)
  }
  if (events.length === 0) throw new UsageError(`--events ${shown(path)}: no events in it`)
  return events
}

interface Line {
  readonly type?: string
  readonly event_type?: string
  readonly app_proto?: string
  readonly p2p_incident?: Partial<Incident> & { readonly start?: string }
  readonly incidents?: readonly Incident[]
}

/** Written by Peerscope: what reads as JSON and names its kind is believed to have the shape of it. */
function eventsOf(text: string): Known[] {
  let line: Line
  try {
    line = JSON.parse(text) as Line
  } catch {
    return []
  }
  if (Array.isArray(line.incidents)) return line.incidents.filter(isIncident)
  if (line.event_type === 'p2p_incident') {
    const { start = '' } = line.p2p_incident ?? {}
    // EVE writes +0000 where ISO 8601 has +00:00.
    const startMicros = 1000 * Date.parse(start.replace(/(\d\d)(\d\d)$/, '$1:$2'))
    const read = { ...line.p2p_incident, type: 'incident' as const, startMicros }
    return isIncident(read) ? [read] : []
  }
  if (!ABOUT.has(line.type ?? '')) return []
  const event = line as unknown as Known
  return event.type === 'incident' && !isIncident(event) ? [] : [event]
}

/** Closed, as `incidents` counts them; of one that goes on, honeynet says so before. */
function isIncident(read: Partial<Incident>): read is Incident {
  const isWhole = typeof read.target?.ip === 'string' && Array.isArray(read.contents)
  return isWhole && read.state !== 'withdrawn'
}
