/**
 * TCP flows that are peer connections: by the handshake, by messages that follow each other where
 * the capture began in the middle, or by the shape and the marks of MSE.
 */
import type { Finding, Look, Sight } from '../../core/protocol.ts'
import { CAPTURED_PACKET_BYTES, holdsCapturedPackets } from '../formats/captured-packets.ts'
import { findPlace, walkFrames } from './frames.ts'
import { lookAtMse } from './mse.ts'
import { marksSuffice } from './mse-marks.ts'
import { HANDSHAKE_START, handshakeAgrees, VARIANT_START } from './wire/peer-handshake.ts'

/** Of a handshake that the capture cut: the length and nine letters. */
const CUT_BYTES_MIN = 10

const WHO = ['the opener', 'the other side'] as const

export function recogniseStream(look: Look): Sight {
  const plain = byHandshake(look)
  if (plain !== 'no') return plain
  // What follows a TLS record's head looks like chance, and most connections are TLS.
  if (isTlsRecord(look.heads[0])) return 'no'
  return look.fromStart ? byMse(look) : fromMiddle(look)
}

/** RFC 8446 5.1: types 20 to 23, versions 3.0 to 3.4. A random key begins so once in 800,000. */
function isTlsRecord(head: Uint8Array): boolean {
  return head[0]! >= 20 && head[0]! <= 23 && head[1] === 3 && head[2]! <= 4
}

function certain(part: string, reason: string): Finding {
  return { part, sureness: 'certain', reasons: [reason] }
}

function byHandshake(look: Look): Sight {
  let open = false
  for (const side of [0, 1] as const) {
    const head = look.heads[side]
    if (head.length === 0) continue
    const agreed = handshakeAgrees(head, 0)
    if (agreed === HANDSHAKE_START.length) {
      return certain('peer', `"BitTorrent protocol" handshake from ${WHO[side]}`)
    }
    if (agreed === VARIANT_START.length && head[1] === VARIANT_START[1]) {
      return certain('peer', `variant handshake "#WW-XX#@77" from ${WHO[side]}`)
    }
    // Whatever the capture cut behind it: nothing else begins with these 80 bits.
    if (look.final && agreed === head.length && agreed >= CUT_BYTES_MIN) {
      return certain('peer', `"BitTorrent protocol" handshake from ${WHO[side]}, cut`)
    }
    if (agreed > 0) open = true
  }
  return open && !look.final ? 'more' : 'no'
}

function byMse(look: Look): Sight {
  const sight = lookAtMse(look)
  switch (sight.kind) {
    case 'no':
      return 'no'
    case 'open':
      // One direction alone: plain text may have been agreed on, and messages stand behind it.
      if (isOneSided(look)) return fromMiddle(look)
      return look.final ? 'no' : 'more'
    case 'plain':
      return certain('peer', '"BitTorrent protocol" handshake in the clear behind an MSE exchange')
    case 'shape':
      if (!marksSuffice(sight.marks)) return look.final ? 'no' : 'more'
      return {
        part: 'peer-encrypted',
        sureness: 'likely',
        reasons: ['flights of chance-like bytes with the sizes of MSE', ...sight.marks],
        ...(sight.isSealed && { settled: true as const }),
      }
  }
}

function isOneSided({ heads }: Look): boolean {
  return (heads[0].length === 0) !== (heads[1].length === 0)
}

/** The capture began in the middle: messages must follow each other somewhere in what was seen. */
function fromMiddle(look: Look): Sight {
  let open = false
  let likely: Finding | undefined
  for (const side of [0, 1] as const) {
    const head = look.heads[side]
    if (head.length === 0) continue
    const found = walkSide(head, look.final)
    if (found === 'certain' || found === 'likely') {
      if (holdsCapturedPackets(head)) continue
      if (!look.final && head.length < CAPTURED_PACKET_BYTES) {
        open = true
        continue
      }
    }
    if (found === 'certain')
      return certain('peer', `peer messages follow each other from ${WHO[side]}`)
    if (found === 'more') open = true
    if (found !== 'likely') continue
    const reasons = [`a message about a block of 16 KiB from ${WHO[side]}, and nothing against it`]
    likely ??= { part: 'peer', sureness: 'likely', reasons }
  }
  return likely ?? (open && !look.final ? 'more' : 'no')
}

/** How sure the messages of one side are. */
function walkSide(head: Uint8Array, final: boolean): 'certain' | 'likely' | 'more' | 'no' {
  let usual = false
  for (let at = 0; at < head.length; at++) {
    const place = findPlace(head.subarray(at), false)
    if (place.kind === 'frames') return 'certain'
    if (place.kind !== 'maybe') break
    at += place.at
    const walk = walkFrames(head, at)
    // Two of them, one right behind the other: 124 bits and more.
    if (walk.usual >= 2 && !walk.broken) return 'certain'
    if (!final) return 'more'
    // Two messages that end with the last byte seen: 80 bits and a boundary.
    if (walk.strong >= 2 && !walk.broken && walk.next === head.length) return 'certain'
    usual ||= walk.usual > 0 && !walk.broken
  }
  if (usual) return 'likely'
  return final ? 'no' : 'more'
}
