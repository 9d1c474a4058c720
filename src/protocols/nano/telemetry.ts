/**
 * What a node tells of itself when asked for telemetry.
 * Source: nanocurrency/nano-node nano/node/messages.cpp telemetry_data; all numbers most significant byte first.
 *
 *   signature 64 | node id 32 | blocks u64 | cemented u64 | unchecked u64 | accounts u64 | bandwidth u64 | peers u32
 *   | protocol u8 | uptime u64 | genesis 32 | major u8 | minor u8 | patch u8 | pre-release u8 | maker u8 | …
 */
import { hex, u32be, u64be } from '../../core/bytes.ts'

export interface Telemetry {
  readonly id: string
  readonly blocks: number
  readonly peers: number
  readonly protocol: number
  readonly uptimeSeconds: number
  readonly version: string
}

const ID_AT = 64
const BLOCKS_AT = 96
const PEERS_AT = BLOCKS_AT + 5 * 8
const PROTOCOL_AT = PEERS_AT + 4
const UPTIME_AT = PROTOCOL_AT + 1
const VERSION_AT = UPTIME_AT + 8 + 32
const BYTES_MIN = VERSION_AT + 5

/** @returns undefined where it is empty: nodes may refuse to tell */
export function telemetryIn(payload: Uint8Array): Telemetry | undefined {
  if (payload.length < BYTES_MIN) return undefined
  const [major, minor, patch] = payload.subarray(VERSION_AT, VERSION_AT + 3)
  return {
    id: hex(payload, ID_AT, 32),
    blocks: u64be(payload, BLOCKS_AT),
    peers: u32be(payload, PEERS_AT),
    protocol: payload[PROTOCOL_AT]!,
    uptimeSeconds: u64be(payload, UPTIME_AT),
    version: `${major}.${minor}.${patch}`,
  }
}
