/**
 * Recognition by first bytes. Points are bits of evidence: how unlikely the bytes would be if they
 * were chance. 32 and more, from at least two messages or one that says who it is, is certain.
 */

import { u32le } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { Finding, Look, Sight } from '../../core/protocol.ts'
import { CAPTURED_PACKET_BYTES, holdsCapturedPackets } from '../formats/captured-packets.ts'
import { bodyAgrees, findChain, hasFixedSize, linkOf, plausibleFrame } from './frame-chain.ts'
import { FAIR, judgeDatagram } from './recognise-udp.ts'
import { CLIENT_TCP } from './wire/client-tcp.ts'
import { EMULE_TCP } from './wire/emule-tcp.ts'
import { EDONKEY, EMULE, FRAME_HEAD_BYTES, isFrameByte, PACKED } from './wire/frame.ts'
import { SERVER_TCP } from './wire/server-tcp.ts'

const CERTAIN_POINTS = 32
const LIKELY_POINTS = 20
/**
 * Datagrams come by the million: one whose two first bytes and size alone speak for it (22 points)
 * comes about in 60,000 random ones, and must be confirmed.
 */
const LIKELY_DATAGRAM_POINTS = 23

/** HELLO or LOGIN with its own structure, part data that agrees with its frame. */
const POINTS_SURE = 40
/** A frame whose message has one size only: 3 of 256 protocol bytes, all of the size, opcode. */
const POINTS_FIXED = 24
/** Any other frame whose body reads: 3 of 256 protocol bytes, a size below 2 MB, a known opcode. */
const POINTS_HEAD = 16

/** A frame whose body is not all there, of a size that is not fixed: it may be anybody's length. */
const POINTS_OPEN = 8

function pointsOf(protocol: number, opcode: number, agrees: 'yes' | 'no' | 'open'): number {
  if (agrees === 'no') return 0
  if (hasFixedSize(protocol, opcode)) return POINTS_FIXED
  return agrees === 'open' ? POINTS_OPEN : POINTS_HEAD
}

/** The last frame ends just where the side's bytes end: its size says one thing out of many. */
const POINTS_EXACT = 12

/** Tags of HELLO and LOGIN; real ones have up to a dozen. */
const HELLO_TAGS_MAX = 64

export function recognise(look: Look): Sight {
  if (look.carrier === 'udp') return recogniseUdp(look)
  return look.fromStart ? recogniseStart(look) : recogniseMiddle(look)
}

/** What walking one side's frames from a known beginning shows. */
interface Walk {
  points: number
  /** Those whose bodies read. */
  frames: number
  /** The chain broke: where a frame should begin, none does. */
  broken: boolean
  readonly names: string[]
  link: 'server' | 'client' | undefined
}

function walk(head: Uint8Array, from: number): Walk {
  const found: Walk = { points: 0, frames: 0, broken: false, names: [], link: undefined }
  let at = from
  for (let count = 0; at < head.length && count < 32; count++) {
    const plausible = plausibleFrame(head, at)
    if (plausible === 'no') {
      found.broken = true
      break
    }
    if (typeof plausible === 'number') break
    const protocol = head[at]!
    const opcode = head[at + 5]!
    const content = head.subarray(at + 5)
    const agrees = bodyAgrees(head, at)
    if (agrees !== 'no') found.frames++
    const greeting = protocol === EDONKEY ? isGreeting(opcode, content) : undefined
    if (greeting === false) {
      found.broken = true
      break
    }
    if (plausible === 'sure' || greeting === true) found.points += POINTS_SURE
    else found.points += pointsOf(protocol, opcode, agrees)
    if (greeting !== undefined || opcode !== 0x01 || protocol !== EDONKEY) {
      const link = linkOf(protocol, content)
      if (found.link === undefined || protocol === EMULE) found.link = link
    }
    if (found.names.length < 3) found.names.push(nameOf(protocol, opcode, found.link))
    at += FRAME_HEAD_BYTES + u32le(head, at + 1)
  }
  if (at === head.length && found.frames > 0) found.points += POINTS_EXACT
  return found
}

/**
 * Whether E3 01 has the shape of HELLO or LOGIN, or E3 4c that of HELLO's answer; undefined for
 * other messages and where too little is there.
 */
function isGreeting(opcode: number, content: Uint8Array): boolean | undefined {
  if ((opcode !== 0x01 && opcode !== 0x4c) || content.length < 28) return undefined
  const hello = content[1] === 0x10 && u32le(content, 24) <= HELLO_TAGS_MAX
  return (opcode === 0x01 && hello) || u32le(content, 23) <= HELLO_TAGS_MAX
}

function nameOf(protocol: number, opcode: number, link: Walk['link']): string {
  const head = protocol === EDONKEY ? 'E3' : protocol === EMULE ? 'C5' : 'D4'
  const name =
    protocol === EMULE || (protocol === PACKED && link === 'client')
      ? EMULE_TCP.nameOf(opcode)
      : link === 'server'
        ? SERVER_TCP.nameOf(opcode)
        : CLIENT_TCP.nameOf(opcode)
  return `${head} ${opcode.toString(16).padStart(2, '0')}${name === undefined ? '' : ` ${name}`}`
}

function recogniseStart(look: Look): Sight {
  const walks: Walk[] = []
  for (const side of [0, 1] as const) {
    const head = look.heads[side]
    if (head.length === 0) continue
    if (!isFrameByte(head[0])) return 'no'
    walks.push(walk(head, 0))
    // Programs of today add messages of their own, so what was plain before stays.
    const { broken, frames, points } = walks.at(-1)!
    if (broken && (frames < 3 || points < 2 * CERTAIN_POINTS)) return 'no'
  }
  if (walks.length === 0) return 'more'
  return conclude(
    look,
    walks,
    walks.map((_, side) => side as Side),
  )
}

/** The beginning is not known: look for a chain in either side. */
function recogniseMiddle(look: Look): Sight {
  const walks: Walk[] = []
  const sides: Side[] = []
  for (const side of [0, 1] as const) {
    const head = look.heads[side]
    const { at, found } = findChain(head)
    if (found && !look.final && head.length < CAPTURED_PACKET_BYTES) return 'more'
    if (found && !holdsCapturedPackets(head)) {
      walks.push(walk(head, at))
      sides.push(side)
    }
  }
  if (walks.length === 0) return look.final ? concludeExact(look) : 'more'
  // Two heads in a row were searched for at every place: that many places cost bits.
  const seen = walks.reduce((sum, each) => sum + each.points, 0)
  const frames = walks.reduce((sum, each) => sum + each.frames, 0)
  if (seen < 2 * CERTAIN_POINTS && frames < 3) {
    if (!look.final) return 'more'
    return seen < CERTAIN_POINTS ? concludeExact(look) : finding(walks, sides, 'likely')
  }
  return finding(walks, sides, 'certain')
}

/** No chain, but a last frame may end just where the side's bytes end. */
function concludeExact(look: Look): Sight {
  const walks: Walk[] = []
  const sides: Side[] = []
  for (const side of [0, 1] as const) {
    const head = look.heads[side]
    const at = lastFrame(head)
    if (at < 0 || look.totals[side] > head.length) continue
    const found = walk(head, at)
    if (found.broken) continue
    walks.push(found)
    sides.push(side)
  }
  return walks.length === 0 ? 'no' : conclude(look, walks, sides)
}

/** Where a frame begins that ends with the bytes, or -1. All of its size must agree. */
function lastFrame(head: Uint8Array): number {
  for (let at = 0; at + FRAME_HEAD_BYTES < head.length; at++) {
    if (!isFrameByte(head[at])) continue
    if (u32le(head, at + 1) !== head.length - at - FRAME_HEAD_BYTES) continue
    const plausible = plausibleFrame(head, at)
    if ((plausible === 'head' || plausible === 'sure') && bodyAgrees(head, at) === 'yes') return at
  }
  return -1
}

function conclude(look: Look, walks: readonly Walk[], sides: readonly Side[]): Sight {
  const points = walks.reduce((sum, each) => sum + each.points, 0)
  const frames = walks.reduce((sum, each) => sum + each.frames, 0)
  const speaking = walks.some((each) => each.points >= POINTS_SURE)
  if (points >= CERTAIN_POINTS && (frames >= 2 || speaking)) return finding(walks, sides, 'certain')
  if (!look.final) return 'more'
  return points >= LIKELY_POINTS ? finding(walks, sides, 'likely') : 'no'
}

function finding(
  walks: readonly Walk[],
  sides: readonly Side[],
  sureness: Finding['sureness'],
): Finding {
  const link = walks.find((each) => each.link !== undefined)?.link ?? 'client'
  const reasons = walks.flatMap((each, index) => {
    if (each.frames === 0) return []
    const who = sides[index] === 0 ? 'opener' : 'other side'
    const count = each.frames === 1 ? 'a frame' : `${each.frames} frames in a chain`
    return [`eDonkey: ${count} from the ${who}: ${each.names.join(', ')}`]
  })
  return { part: link === 'server' ? 'server' : 'peer', sureness, reasons }
}

function recogniseUdp(look: Look): Sight {
  let points = 0
  let foreign = 0
  const parts = new Map<string, number>()
  const reasons: string[] = []
  const seen = new Set<string>()
  for (const datagram of look.datagrams) {
    const judged = judgeDatagram(datagram, look.ends)
    if (judged === undefined) {
      foreign++
      continue
    }
    // The same message again from the same side adds little, and nothing where its size is all that speaks.
    const key = `${datagram.from} ${judged.name}`
    const fresh = !seen.has(key)
    seen.add(key)
    const worth = fresh ? judged.points : judged.points <= FAIR ? 0 : 4
    points += worth
    parts.set(judged.part, (parts.get(judged.part) ?? 0) + worth)
    if (fresh && reasons.length < 3) reasons.push(judged.reason)
  }
  if (points === 0) return 'no'
  // Datagrams that are not ours speak against few points; obfuscated ones are mixed in at times.
  if (foreign > 0 && points < 2 * CERTAIN_POINTS && foreign * 2 > look.datagrams.length) return 'no'
  const part = [...parts].reduce((best, each) => (each[1] > best[1] ? each : best))[0]
  if (points >= CERTAIN_POINTS && foreign === 0) return { part, sureness: 'certain', reasons }
  if (points >= 2 * CERTAIN_POINTS) return { part, sureness: 'certain', reasons }
  if (!look.final) return 'more'
  const enough = foreign === 0 ? LIKELY_DATAGRAM_POINTS : CERTAIN_POINTS
  return points >= enough ? { part, sureness: 'likely', reasons } : 'no'
}
