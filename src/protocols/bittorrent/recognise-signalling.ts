/**
 * WebSocket connections: a WebTorrent tracker's, once a message of either side has an action and an
 * info hash. Either direction alone will do.
 */
import type { Look, Sight } from '../../core/protocol.ts'
import { parseHttpHead, statusLine } from '../formats/http-head.ts'
import { TEXT, WebSocketAssembler, webSocketWire } from '../formats/websocket.ts'
import { webTorrentWire } from './wire/webtorrent.ts'

/**
 * After the upgrade both sides send frames; one of them must be the tracker's JSON.
 * @param behind  what the side that asked sent behind its request
 * @param answer  all of the other side; empty where it has not spoken or was not captured
 */
export function upgradedSight(behind: Uint8Array, answer: Uint8Array, look: Look): Sight {
  if (answer.length === 0) return signalling([frames(behind, 0)], look)
  const outcome = parseHttpHead(answer, 0)
  if (outcome.kind === 'need') return look.final ? 'no' : 'more'
  if (outcome.kind === 'malformed') return 'no'
  if (statusLine(outcome.message)?.code !== 101) return 'no'
  return signalling([frames(behind, 0), frames(answer, outcome.size)], look)
}

/** The side that agreed to the upgrade, alone. */
export function agreedSight(behind: Uint8Array, look: Look): Sight {
  return signalling([frames(behind, 0)], look)
}

/** From the middle of a connection: frames from the first byte on. */
export function framesSight(look: Look): Sight {
  const sights = [frames(look.heads[0], 0), frames(look.heads[1], 0)]
  return sights.includes('yes') ? signalling(sights, look) : 'no'
}

function signalling(sights: readonly FramesSay[], look: Look): Sight {
  if (sights.includes('yes')) {
    const reasons = ['WebSocket message with a tracker action and an info_hash of 20 characters']
    return { part: 'tracker-websocket', sureness: 'certain', reasons }
  }
  // Somebody spoke, and of other things: another service.
  if (sights.includes('other') || look.final) return 'no'
  return 'more'
}

type FramesSay = 'yes' | 'other' | 'none'

/** What the first text message of a side is: signalling, something else, or not there yet. */
function frames(bytes: Uint8Array, from: number): FramesSay {
  const assembler = new WebSocketAssembler()
  for (let at = from; at < bytes.length; ) {
    const outcome = webSocketWire.parse(bytes, at)
    if (outcome.kind === 'need') return startsAsSignal(bytes, at) ? 'yes' : 'none'
    if (outcome.kind === 'malformed') return 'other'
    at += outcome.size
    const whole = assembler.add(outcome.message)
    if (whole === undefined || whole.opcode > 2) continue
    if (whole.opcode !== TEXT) return 'other'
    if (!whole.readable) continue
    return webTorrentWire.parse(whole.bytes, 0).kind === 'message' ? 'yes' : 'other'
  }
  return 'none'
}

/** A frame longer than what is shown (ten offers are 16 KB): its beginning may tell. */
function startsAsSignal(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < 512 || (bytes[at]! & 15) !== TEXT) return false
  const masked = bytes[at + 1]! >= 0x80
  const short = bytes[at + 1]! % 0x80
  const headSize = 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + (masked ? 4 : 0)
  let start = ''
  for (let i = at + headSize; i < bytes.length && start.length < 16_384; i++) {
    const key = masked ? bytes[at + headSize - 4 + ((i - at - headSize) % 4)]! : 0
    start += String.fromCharCode(bytes[i]! ^ key)
  }
  return (
    start.startsWith('{') &&
    /"action":"(?:announce|scrape)"/.test(start) &&
    /"info_hash":"/.test(start)
  )
}
