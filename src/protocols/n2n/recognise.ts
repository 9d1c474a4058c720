/**
 * First datagrams of a flow → whether they are n2n's.
 *
 * Version 1 has two socket families at fixed places (32 bits), a type, a flag and a name: 60 bits in one
 * packet; with the other side naming the same community, certain. Versions 2 and 3 are certain where a
 * supernode repeats cookie and hardware address of a registration (80 bits) and the community; one
 * packet whose name is padded with zeros is likely.
 */
import { bits, hasAt } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { Look, Protocol, Sight } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { communityBytes, type N2nPacket, packetWire } from './wire/packet.ts'

/** Time to live: a supernode takes one off; edges begin with 0 (version 1) or 2. */
const TTL_MAX = 2

export const starts: Protocol['starts'] = { udp: startBytes() }

function startBytes(): Uint8Array[] {
  const list: Uint8Array[] = []
  for (let ttl = 0; ttl <= TTL_MAX; ttl++) {
    for (const type of [1, 2, 3, 4]) {
      list.push(Uint8Array.of(1, type, ttl, 0), Uint8Array.of(1, type, ttl, 1))
    }
    list.push(Uint8Array.of(2, ttl, 0), Uint8Array.of(3, ttl, 0))
  }
  return list
}

const REGISTER_SUPER = 5
const REGISTER_SUPER_ACK = 7
/** Cookie and hardware address. */
const ASKED_BYTES = 10

export function recognise(look: Look): Sight {
  const names: (string | undefined)[] = [undefined, undefined]
  const asked: (Uint8Array | undefined)[] = [undefined, undefined]
  let plain = false
  for (const { bytes, from, size } of look.datagrams) {
    if (bytes.length < size) return 'no'
    const outcome = packetWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return 'no'
    const said = outcome.message
    const name = communityOf(said)
    if (name === undefined || said.ttl > TTL_MAX) return 'no'
    const other: Side = from === 0 ? 1 : 0
    names[from] = name
    if (said.version === 1) {
      if (!isVersion1(said)) return 'no'
      plain = true
      if (names[other] === name) return certain(name, said.version)
      continue
    }
    if (said.flags > 0xff || said.body.length < ASKED_BYTES) return 'no'
    if (said.number === REGISTER_SUPER) asked[from] = said.body.subarray(0, ASKED_BYTES)
    const question = asked[other]
    const answers = said.number === REGISTER_SUPER_ACK && bits(said.flags, 5, 1) === 1
    if (
      answers &&
      question !== undefined &&
      names[other] === name &&
      hasAt(said.body, 0, question)
    ) {
      return certain(name, said.version)
    }
    // A name of at most 12 leaves 32 bits of zeros at least, beside the 24 of version, time and flags;
    // a machine's hardware address stands where its type has it.
    plain ||= name.length + 4 <= communityBytes(said.version) && hasMac(said)
  }
  if (!look.final) return 'more'
  if (!plain) return 'no'
  const name = names[0] ?? names[1]
  return { part: 'edge', sureness: 'likely', reasons: [`n2n packets of the community "${name}"`] }
}

function isVersion1(said: N2nPacket & { version: 1 }): boolean {
  const ends = [said.publicEnd, said.privateEnd]
  return (
    said.fromSupernode <= 1 &&
    ends.every(({ family, pad }) => (family === 2 || family === 10) && pad === 0)
  )
}

/** Where types of versions 2 and 3 have the sender's hardware address: behind a cookie, or at once. */
const MAC_AT: Readonly<Record<number, number>> = { 1: 4, 3: 0, 5: 4 }

/** Whether the sender's hardware address is one machine's: neither blank nor a group's. */
function hasMac({ number, body }: N2nPacket): boolean {
  const at = MAC_AT[number]
  if (at === undefined || bits(body[at]!, 0, 1) === 1) return false
  return body.subarray(at, at + 6).some((byte) => byte !== 0)
}

/**
 * The community's name: printable, and (versions 2 and 3) with nothing but zeros behind it. Undefined
 * where it is none; also where the header is sealed.
 */
export function communityOf(said: N2nPacket): string | undefined {
  const { community } = said
  const end = community.indexOf(0)
  const size = end < 0 ? community.length : end
  if (size === 0) return undefined
  for (let i = 0; i < community.length; i++) {
    const byte = community[i]!
    if (i < size && (byte < 0x20 || byte > 0x7e)) return undefined
    if (i >= size && byte !== 0 && said.version !== 1) return undefined
  }
  return latin1(community, 0, size)
}

function certain(name: string, version: number): Sight {
  const which = version === 1 ? 'version 1' : 'version 2 or 3'
  const reasons = [`both sides send n2n packets (${which}) of the community "${name}"`]
  return { part: 'edge', sureness: 'certain', reasons }
}
