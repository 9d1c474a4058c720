/**
 * First bytes → OpenFT, or not.
 *
 * A link begins with zeros and small numbers, as many protocols do (a Modbus request of 12 bytes
 * begins alike), so both sides are walked frame by frame: each must ask or tell its version, and no
 * frame may have a body that its command forbids. A transfer shows itself by one header.
 */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import type { Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { standsAt } from '../formats/http-head.ts'
import { type Frame, frameWire } from './wire/frame.ts'
import { type Generation, readFrame, type Said } from './wire/message.ts'

const REQUEST = Uint8Array.of(0, 0, 0, 0)
const RESPONSE_2002 = Uint8Array.of(0, 6, 0, 1)
const RESPONSE_2003 = Uint8Array.of(0, 8, 0, 1)

export const starts: Protocol['starts'] = {
  tcp: [REQUEST, RESPONSE_2002, RESPONSE_2003, 'GET /', 'PUSH /', 'HTTP/1.'],
}

export function recognise(look: Look): Sight {
  const [opener, other] = look.heads
  // Text on either side: no link.
  if (opener[0]! >= 0x20 || other[0]! >= 0x20) return recogniseHttp(look)
  return look.fromStart ? recogniseLink(look) : 'no'
}

/** Many more than a handshake has; a stream of zeros is given up here. */
const FRAMES_MAX = 32
/** What nodes sent until 0.2.1.4; a handshake has nothing longer. */
const BODY_BYTES_MAX = 2048
const VERSION_RESPONSE = 1

/** The whole frames that a side begins with, or undefined where they are none of a link. */
function framesOf(head: Uint8Array): readonly Frame[] | undefined {
  const frames: Frame[] = []
  for (let at = 0; at < head.length && frames.length < FRAMES_MAX; ) {
    const outcome = frameWire.parse(head, at)
    if (outcome.kind === 'malformed') return undefined
    if (outcome.kind === 'need') return outcome.size > 4 + BODY_BYTES_MAX ? undefined : frames
    frames.push(outcome.message)
    at += outcome.size
  }
  return frames
}

/** A side's messages, or undefined where one has a body that it may not have. */
function saidIn(frames: readonly Frame[], generation: Generation): readonly Said[] | undefined {
  const list: Said[] = []
  for (const frame of frames) {
    if (frame.stream) continue
    const outcome = readFrame(frame, generation)
    if (outcome.kind !== 'message') return undefined
    if (outcome.message.name === 'other' || outcome.message.rest.length > 0) return undefined
    list.push(outcome.message)
  }
  return list
}

/** Whether a message holds an address or a word, which chance and other protocols do not. */
function isTelling({ name, values }: Said): boolean {
  switch (name) {
    case 'nodeinfo-response':
      return true
    case 'nodelist-response':
      return ((values.nodes ?? []) as readonly unknown[]).length > 0
    case 'nodecap-response':
      return (values.caps as readonly string[]).some((cap) => cap.length > 1)
    default:
      return false
  }
}

/**
 * Versions of both sides: 2 × (32 bits of frame and 24 or 32 of zeros above small numbers), and
 * every other frame legal. With an address or a word besides, where they must be: certain.
 */
function recogniseLink(look: Look): Sight {
  const frames = look.heads.map(framesOf)
  const [opened, answered] = frames
  if (opened === undefined || answered === undefined) return 'no'
  const responses = [...opened, ...answered].filter(({ command }) => command === VERSION_RESPONSE)
  const generation = responses[0]?.body.length === 6 ? '2002' : '2003'
  const first = saidIn(opened, generation)
  const second = saidIn(answered, generation)
  if (first === undefined || second === undefined) return 'no'
  const versions = [first, second].map((list) => {
    return list.find(({ name }) => name === 'version-response')
  })
  if (versions.some((version) => version !== undefined && !isVersion(version))) return 'no'
  if (opened.length >= FRAMES_MAX && responses.length === 0) return 'no'
  if (versions.includes(undefined)) return look.final ? 'no' : 'more'
  const version = Object.values(versions[0]!.values).join('.')
  const reasons = [`both sides tell their version of OpenFT, the opener ${version}`]
  const telling = [...first, ...second].find(isTelling)
  if (telling !== undefined) {
    return link('certain', [...reasons, `${telling.name}, and no frame that is not legal`])
  }
  return look.final ? link('likely', reasons) : 'more'
}

/** Numbers were read as bytes by all programs, and 0.0.0 was never one. */
function isVersion({ values }: Said): boolean {
  const numbers = Object.values(values).map(Number)
  return numbers.every((number) => number < 256) && numbers.some((number) => number > 0)
}

function link(sureness: Finding['sureness'], reasons: readonly string[]): Finding {
  return { part: 'node', sureness, reasons }
}

// --- Transfers -----------------------------------------------------------------------------------

const LINE_STARTS = ['GET /', 'PUSH /', 'HTTP/1.'].map(bytesOf)
const HEAD_BYTES = 1024
const ALIAS = 'x-openftalias:'
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** The header's name is 112 bits at the start of a line; either side may write it. */
function recogniseHttp({ heads, final }: Look): Sight {
  let open = false
  for (const head of heads) {
    const sight = aliasIn(head)
    if (sight === 'yes') {
      const reasons = ['header X-OpenftAlias']
      return { part: 'transfer', sureness: 'certain', reasons }
    }
    open ||= sight === 'more'
  }
  return open && !final ? 'more' : 'no'
}

function aliasIn(head: Uint8Array): 'yes' | 'more' | 'no' {
  if (head.length === 0) return 'no'
  const begins = LINE_STARTS.some((start) =>
    head.length < start.length ? hasAt(start, 0, head) : hasAt(head, 0, start),
  )
  if (!begins) return 'no'
  const end = Math.min(head.length, HEAD_BYTES)
  for (let i = 0; i < end; i++) {
    if (head[i] !== LINE_FEED) continue
    const first = head[i + 1]
    if (first === LINE_FEED || first === CARRIAGE_RETURN) return 'no'
    if ((first === 0x58 || first === 0x78) && standsAt(head, i + 1, ALIAS)) return 'yes'
  }
  return head.length >= HEAD_BYTES ? 'no' : 'more'
}

// --- By endpoint ---------------------------------------------------------------------------------

const NONE: readonly Fit[] = []
const ATTEMPT: readonly Fit[] = [
  { part: 'node', taughtAs: ['node'], reason: 'a connection without payload' },
  { part: 'transfer', taughtAs: ['http', 'transfer'], reason: 'a connection without payload' },
]

/** Nothing is encrypted here: only attempts need their endpoint to be known. */
export function fits(look: Look): readonly Fit[] {
  return look.carrier === 'tcp' && look.fromStart && look.segments.length === 0 ? ATTEMPT : NONE
}
