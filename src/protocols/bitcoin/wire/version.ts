/**
 * What a node says of itself, once, first.
 * Source: Bitcoin developer reference "version"; bitcoin/bitcoin src/net_processing.cpp
 * PushNodeVersion; BIP 14 (user agent), BIP 37 (relay).
 *
 *   version   version u32le | services u64le | time u64le | to address | more
 *   more      nothing                                                          before version 106
 *             from address | nonce 8 | user agent: size, text | height u32le | rest
 *   address   services u64le | IP 16, IPv4 mapped | port u16be
 *   rest      relay u8                                                         from version 70001
 *             and what other chains add (Dash: a challenge of 32 bytes and a flag)
 */
import { type Endpoint, ip6, parseIp4, parseIp6 } from '../../../core/address.ts'
import { ByteWriter, concat, u16be, u32le, u64leBig } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { countAt, writeCompactSize } from './compact-size.ts'

export interface NetAddress extends Endpoint {
  readonly services: bigint
}

export interface Version {
  readonly version: number
  readonly services: bigint
  readonly time: bigint
  readonly to: NetAddress
  readonly more?: VersionMore
}

export interface VersionMore {
  readonly from: NetAddress
  readonly nonce: Uint8Array
  readonly userAgent: Uint8Array
  readonly height: number
  readonly rest: Uint8Array
}

const ADDRESS_BYTES = 26
const FIRST_BYTES = 20 + ADDRESS_BYTES
const BYTES_MAX = 4096
/** MAX_SUBVERSION_LENGTH of Bitcoin Core. */
const USER_AGENT_BYTES_MAX = 256

export function netAddressAt(bytes: Uint8Array, at: number): NetAddress {
  return {
    services: u64leBig(bytes, at),
    ip: ip6(bytes, at + 8),
    port: u16be(bytes, at + 24),
  }
}

export function writeNetAddress(
  writer: ByteWriter,
  { services, ip, port }: NetAddress,
): ByteWriter {
  return writer.u64leBig(services).bytes(sixteen(ip)).u16be(port)
}

const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)

function sixteen(ip: string): Uint8Array {
  const four = parseIp4(ip)
  if (four !== undefined) return concat(MAPPED, four)
  return parseIp6(ip) ?? new Uint8Array(16)
}

function parse(bytes: Uint8Array, at: number): Outcome<Version> {
  const have = bytes.length - at
  if (have < FIRST_BYTES) return malformed('version-too-short', at)
  if (have > BYTES_MAX) return malformed('version-too-long', at)
  const first = {
    version: u32le(bytes, at),
    services: u64leBig(bytes, at + 4),
    time: u64leBig(bytes, at + 12),
    to: netAddressAt(bytes, at + 20),
  }
  if (have === FIRST_BYTES) return message(first, have)
  const nonceAt = at + FIRST_BYTES + ADDRESS_BYTES
  const agentAt = nonceAt + 8
  const agent = countAt(bytes, agentAt, 1)
  if (agent === undefined)
    return malformed('user-agent-size-wrong', Math.min(agentAt, bytes.length))
  if (agent.count > USER_AGENT_BYTES_MAX) return malformed('user-agent-size-wrong', agentAt)
  const textAt = agentAt + agent.size
  const heightAt = textAt + agent.count
  if (heightAt + 4 > bytes.length) return malformed('version-too-short', bytes.length)
  const more = {
    from: netAddressAt(bytes, at + FIRST_BYTES),
    nonce: bytes.subarray(nonceAt, agentAt),
    userAgent: bytes.subarray(textAt, heightAt),
    height: u32le(bytes, heightAt),
    rest: bytes.subarray(heightAt + 4),
  }
  return message({ ...first, more }, have)
}

function emit({ version, services, time, to, more }: Version): Uint8Array {
  const writer = new ByteWriter().u32le(version).u64leBig(services).u64leBig(time)
  writeNetAddress(writer, to)
  if (more === undefined) return writer.finish()
  writeNetAddress(writer, more.from).bytes(more.nonce)
  writeCompactSize(writer, BigInt(more.userAgent.length)).bytes(more.userAgent)
  return writer.u32le(more.height).bytes(more.rest).finish()
}

export const versionWire: Wire<Version> = {
  name: 'bitcoin/version',
  source: 'bitcoin/bitcoin src/net_processing.cpp',
  carrier: 'datagram',
  messageBytesMax: BYTES_MAX,
  faults: ['version-too-short', 'version-too-long', 'user-agent-size-wrong'],
  parse,
  emit,
}
