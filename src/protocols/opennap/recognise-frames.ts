/**
 * Frames between client and server, counted in bits.
 *
 * A login alone is certain: its type (16 bits), its length, that agrees with what is there (some 8),
 * and five words of which the fourth is quoted and the others are numbers (more than 40). All else is
 * counted: a type out of 160 (8 bits) whose text has the words and numbers of that type (2 for each
 * byte that is not free text, at most 12), the next header or the end of what was sent where the
 * length says (8).
 */
import type { Side } from '../../core/event.ts'
import type { Look, Sight } from '../../core/protocol.ts'
import { fieldsOf } from './fields.ts'
import { plausibleAt } from './step.ts'
import { commandOf } from './wire/commands.ts'
import { type Frame, HEADER, type Order } from './wire/frame.ts'

const TYPE_BITS = 8
const END_BITS = 8
const TEXT_BITS_MAX = 12
const CERTAIN_BITS = 64
const LIKELY_BITS = 32
const FRAMES_MAX = 32

interface Chain {
  readonly bits: number
  readonly frames: number
  /** Frames with a type and words: a length of 32 bits and a text read as type 0, a number alone as no words. */
  readonly typed: number
  /** Frames of this chain that only a client, or only a server, says. */
  readonly byClient: number
  readonly byServer: number
  readonly login: Frame | undefined
}

const BROKEN: Chain = { bits: 0, frames: 0, typed: 0, byClient: 0, byServer: 0, login: undefined }

/** Frames from `at` on; broken where one is not plausible. */
function chainAt(head: Uint8Array, at: number, order: Order): Chain {
  let bits = 0
  let frames = 0
  let typed = 0
  let byClient = 0
  let byServer = 0
  let login: Frame | undefined
  let next = at
  while (next < head.length && frames < FRAMES_MAX) {
    const found = plausibleAt(head, next, order)
    if (found === 'no') return BROKEN
    if (found === 'part') break
    next += found.size
    frames++
    if (found.frame.number !== 0 && found.frame.text.length > 0) typed++
    // An empty text says nothing: zeros are such.
    const textBits = Math.min(TEXT_BITS_MAX, 2 * found.frame.text.length)
    bits += (found.frame.number === 0 ? 0 : TYPE_BITS) + textBits + END_BITS
    if (found.speakers === 1) byClient++
    if (found.speakers === 2) byServer++
    login ??= isLogin(found.frame) ? found.frame : undefined
  }
  return { bits, frames, typed, byClient, byServer, login }
}

/** `nick password port "client" link`, as the specification writes it, quotes included. */
function isLogin({ number, text }: Frame): boolean {
  if (number !== 2 && number !== 6) return false
  const { values, complete } = fieldsOf(commandOf(number)!.formats[0]!, text)
  return (
    complete &&
    (values.port as number) >= 0 &&
    (values.port as number) <= 0xffff &&
    (values.link as number) >= 0 &&
    (values.link as number) <= 10 &&
    text.indexOf(QUOTE) >= 0
  )
}

const QUOTE = 0x22

export function recogniseFrames(look: Look): Sight {
  const little = recogniseOrder(look, 'little')
  return little === 'no' ? recogniseOrder(look, 'big') : little
}

function recogniseOrder(look: Look, order: Order): Sight {
  const chains = [chainOf(look, 0, order), chainOf(look, 1, order)] as const
  for (const { login } of chains) {
    if (login === undefined) continue
    const reason = `login frame (type ${login.number}): nick, password, data port, program, link`
    return { part: 'server', sureness: 'certain', reasons: [inOrder(reason, order)] }
  }
  const spoken = look.heads.map(({ length }) => length > 0)
  if (spoken.some((spoke, side) => spoke && chains[side]!.frames === 0))
    return waiting(look, chains, order)
  return judge(look, chains, order)
}

/** One side has no whole frame: there may be one to come, else this is something else. */
function waiting(look: Look, chains: readonly [Chain, Chain], order: Order): Sight {
  const open = ([0, 1] as const).every(
    (side) =>
      look.heads[side].length === 0 || chains[side].frames > 0 || isBegun(look.heads[side], order),
  )
  return open && !look.final ? 'more' : 'no'
}

function isBegun(head: Uint8Array, order: Order): boolean {
  return plausibleAt(head, 0, order) === 'part'
}

function judge(look: Look, chains: readonly [Chain, Chain], order: Order): Sight {
  const [a, b] = chains
  const bits = a.bits + b.bits
  const frames = a.frames + b.frames
  const bothAgree = a.frames > 0 && b.frames > 0 && rolesAgree(a, b)
  if (frames === 0 || (a.frames > 0 && b.frames > 0 && !bothAgree)) return 'no'
  if (a.typed + b.typed === 0) return look.final ? 'no' : 'more'
  const reason = `${frames} frames whose lengths, types and words agree`
  const reasons = [inOrder(bothAgree ? `${reason}, from both sides` : reason, order)]
  if (bothAgree && bits >= LIKELY_BITS + TYPE_BITS && frames >= 2) {
    return { part: 'server', sureness: 'certain', reasons }
  }
  if (bits >= CERTAIN_BITS && frames >= 3) return { part: 'server', sureness: 'certain', reasons }
  if (!look.final) return 'more'
  if (bits >= LIKELY_BITS && frames >= 2) return { part: 'server', sureness: 'likely', reasons }
  return 'no'
}

/** One side speaks as client, the other as server; some messages both say. */
function rolesAgree(a: Chain, b: Chain): boolean {
  const aIsClient = a.byServer === 0 && b.byClient === 0
  const bIsClient = a.byClient === 0 && b.byServer === 0
  return (aIsClient || bIsClient) && a.byClient + b.byClient + a.byServer + b.byServer >= 2
}

function inOrder(reason: string, order: Order): string {
  return order === 'little' ? reason : `${reason}; numbers in network order, as from beta 10.3 on`
}

/** From the start of a side; from the middle of a connection, from a segment's start. */
function chainOf(look: Look, side: Side, order: Order): Chain {
  const head = look.heads[side]
  if (head.length < HEADER) return BROKEN
  const first = chainAt(head, 0, order)
  if (look.fromStart || first.frames > 0) return first
  let at = 0
  let best = BROKEN
  for (const size of look.segments.slice(0, SEGMENTS_TRIED)) {
    if (size > 0 !== (side === 0)) continue
    at += Math.abs(size)
    const chain = chainAt(head, at, order)
    if (chain.bits > best.bits) best = chain
  }
  return best
}

const SEGMENTS_TRIED = 8
