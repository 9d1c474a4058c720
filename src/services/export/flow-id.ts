/**
 * Names of flows for other tools, the same in every run over the same capture.
 *
 * `flow_id` of EVE: 21 bits of a hash of the two ends above 32 bits of the flow's number. It stays
 * below 2^53, so that jq and JavaScript keep it exact, and no two flows of one run share it.
 * `uid` of Zeek: `C` and the same number in base 62, after a second hash that makes it long enough
 * not to meet that of another capture.
 */
import type { Endpoint } from '../../core/address.ts'

const NUMBERS = 0x1_0000_0000
const HASHES = 0x20_0000

/** FNV-1a, 32 bits, unsigned. */
function hashText(text: string, start: number): number {
  let value = start
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x0100_0193)
  }
  return value < 0 ? value + NUMBERS : value
}

const FNV_START = 0x811c_9dc5

function hashEnds(ends: readonly [Endpoint, Endpoint], start: number): number {
  const opener = hashText(ends[0].ip, Math.imul(start ^ ends[0].port, 0x0100_0193))
  return hashText(ends[1].ip, Math.imul(opener ^ ends[1].port, 0x0100_0193))
}

export function flowId(flow: number, ends: readonly [Endpoint, Endpoint]): number {
  return (hashEnds(ends, FNV_START) % HASHES) * NUMBERS + (flow % NUMBERS)
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function base62(value: number, width: number): string {
  let text = ''
  for (let rest = value; rest > 0 || text.length < width; rest = Math.floor(rest / 62)) {
    text = BASE62[rest % 62] + text
  }
  return text
}

/** `C` and 15 characters. */
export function zeekUid(flow: number, ends: readonly [Endpoint, Endpoint]): string {
  return `C${base62(hashEnds(ends, 0x5eed_2eed), 6)}${base62(flowId(flow, ends), 9)}`
}
