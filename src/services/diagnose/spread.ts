/** Who spreads what is bogus, by which channel, and how far a client passes on what it was told. */
import type { Endpoint } from '../../core/address.ts'
import type { Evidence, Life, Told } from './evidence.ts'
import { chiSquare } from './numeric.ts'

export interface ChannelRow {
  readonly via: string
  /** `index`: trackers and servers; `exchange`: peer to peer; `dht`. */
  readonly kind: ChannelKind
  readonly told: number
  readonly bogus: number
  /** Too few were told to say so. */
  readonly spreads: 'yes' | 'no' | 'unclear'
}

export type ChannelKind = 'index' | 'exchange' | 'dht' | 'other'

// biome-ignore format: a table
const KINDS: readonly (readonly [RegExp, ChannelKind])[] = [
  [/dht|kad|overnet/, 'dht'],
  [/pex|exchange|alt|x-try/, 'exchange'],
  [/tracker|server|cache|hub|announce/, 'index'],
]

export function kindOf(via: string): ChannelKind {
  return KINDS.find(([pattern]) => pattern.test(via))?.[1] ?? 'other'
}

/** Fewer entries of a channel say nothing of it. */
const CHANNEL_MIN = 20
/** A channel spreads what makes up a hundredth of what it tells. */
const CHANNEL_SHARE_MIN = 0.01

export function channelsOf(told: readonly Told[], bogus: ReadonlySet<string>): ChannelRow[] {
  const rows = new Map<string, { told: number; bogus: number }>()
  for (const each of told) {
    const row = rows.get(each.via) ?? { told: 0, bogus: 0 }
    row.told++
    if (bogus.has(each.key)) row.bogus++
    rows.set(each.via, row)
  }
  return [...rows]
    .map(([via, row]) => ({ via, kind: kindOf(via), ...row, spreads: spreads(row) }))
    .sort((a, b) => b.bogus - a.bogus || b.told - a.told || (a.via < b.via ? -1 : 1))
}

function spreads(row: { told: number; bogus: number }): ChannelRow['spreads'] {
  if (row.bogus >= Math.max(2, CHANNEL_SHARE_MIN * row.told)) return 'yes'
  return row.told >= CHANNEL_MIN ? 'no' : 'unclear'
}

export interface ClientRow {
  readonly software: string
  readonly tellers: number
  /** Tellers of anything bogus. */
  readonly misleading: number
  readonly told: number
  readonly bogus: number
  /** Chi-square of what it tells against what all others tell, times the number of clients. */
  readonly p: number
  readonly isBlamed: boolean
}

export interface Blame {
  /** All clients against each other. */
  readonly chiSquare: { readonly value: number; readonly freedom: number; readonly p: number }
  readonly clients: readonly ClientRow[]
}

const P_MAX = 0.001
/** A client is blamed whose bogus share is so many times that of all others. */
const TIMES_MIN = 2

export function blameOf(
  list: readonly Told[],
  bogus: ReadonlySet<string>,
  evidence: Evidence,
): Blame {
  const clients = new Map<
    string,
    { told: number; bogus: number; by: Set<string>; of: Set<string> }
  >()
  const all = { told: 0, bogus: 0 }
  for (const told of list) {
    const software = evidence.softwareOf(told.by)
    if (software === undefined) continue
    const client = clients.get(software) ?? { told: 0, bogus: 0, by: new Set(), of: new Set() }
    clients.set(software, client)
    const isBogus = bogus.has(told.key)
    for (const counts of [client, all]) {
      counts.told++
      if (isBogus) counts.bogus++
    }
    client.by.add(told.by.ip)
    if (isBogus) client.of.add(told.by.ip)
  }
  const rows = [...clients].map(([software, client]): ClientRow => {
    const others = { told: all.told - client.told, bogus: all.bogus - client.bogus }
    const p = Math.min(1, clients.size * againstOthers(client, others))
    const rate = client.bogus / client.told
    const isMore = rate > TIMES_MIN * (others.told === 0 ? 1 : others.bogus / others.told)
    return {
      ...{ software, tellers: client.by.size, misleading: client.of.size },
      ...{ told: client.told, bogus: client.bogus, p, isBlamed: isMore && p < P_MAX },
    }
  })
  rows.sort((a, b) => b.bogus - a.bogus || b.told - a.told || (a.software < b.software ? -1 : 1))
  return {
    chiSquare: chiSquare(rows.map((row) => [row.bogus, row.told - row.bogus])),
    clients: rows,
  }
}

interface Counts {
  readonly told: number
  readonly bogus: number
}

function againstOthers(client: Counts, others: Counts): number {
  return chiSquare([
    [client.bogus, client.told - client.bogus],
    [others.bogus, others.told - others.bogus],
  ]).p
}

/**
 * Dissemination: `full` passes on all it was told, `partial` only who takes a TCP connection, `handshake`
 * only who speaks the protocol. P2PScope's classes: KTorrent, uTorrent, Azureus of their time.
 */
export interface DisseminationRow {
  readonly software: string
  readonly told: number
  readonly silent: number
  readonly answering: number
  readonly peers: number
  readonly passes: 'full' | 'partial' | 'handshake' | 'unclear'
}

const CLASS_TOLD_MIN = 20
/** A slip is no habit. */
const CLASS_SHARE_MIN = 0.05

/** @param meant  whom somebody meant by what he told, where that is known */
export function disseminationOf(
  list: readonly Told[],
  meant: ReadonlyMap<string, Endpoint>,
  evidence: Evidence,
): DisseminationRow[] {
  const rows = new Map<string, Record<Life, number>>()
  for (const told of list) {
    const software = evidence.softwareOf(told.by)
    if (software === undefined || kindOf(told.via) !== 'exchange') continue
    const row = rows.get(software) ?? { unknown: 0, silent: 0, answers: 0, peer: 0 }
    rows.set(software, row)
    row[evidence.lifeOf(meant.get(told.key) ?? told.about, told.family)]++
  }
  return [...rows]
    .map(([software, { silent, answers, peer }]) => {
      const told = silent + answers + peer
      return {
        ...{ software, told, silent, answering: answers, peers: peer },
        passes: classOf(told, silent, answers),
      }
    })
    .sort((a, b) => b.told - a.told || (a.software < b.software ? -1 : 1))
}

function classOf(told: number, silent: number, answers: number): DisseminationRow['passes'] {
  if (told < CLASS_TOLD_MIN) return 'unclear'
  if (silent > CLASS_SHARE_MIN * told) return 'full'
  return answers > CLASS_SHARE_MIN * told ? 'partial' : 'handshake'
}
