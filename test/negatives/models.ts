/**
 * Models of what is not P2P: after which protocol the sizes go stands at each. Bytes are chance
 * except where a header is said.
 */
import { ByteWriter, concat } from '../../src/core/bytes.ts'
import type { Side } from '../../src/core/event.ts'
import { type Chance, type Model, PIECES, type Piece } from './chance.ts'

const MSS = 1448

/** Segments of small talk before what is large. */
const TALK_PIECES = 8

type SizeOf = (chance: Chance, index: number) => number

/** Flights in turns, each of one to three segments, the first two of one segment. */
function inTurns(chance: Chance, opening: readonly number[], later: SizeOf): Piece[] {
  const pieces: Piece[] = []
  let from: Side = 0
  for (const size of opening) {
    pieces.push(piece(chance, from, size))
    from = from === 0 ? 1 : 0
  }
  while (pieces.length < PIECES) {
    const repeats = chance.oneOf([1, 1, 1, 2, 3])
    for (let i = 0; i < repeats; i++) pieces.push(piece(chance, from, later(chance, pieces.length)))
    from = from === 0 ? 1 : 0
  }
  return pieces
}

function piece(chance: Chance, from: Side, size: number): Piece {
  return { from, bytes: chance.bytes(size), waitMicros: chance.logBetween(50, 200_000) }
}

/** The first flights as MSE has them; the rest as `later` says. */
function likeMse(name: string, later: SizeOf): Model {
  return {
    name: `tcp: keys as MSE's, then ${name}`,
    carrier: 'tcp',
    make: (chance) => inTurns(chance, [chance.between(96, 608), chance.between(96, 608)], later),
  }
}

/** The first four flights as eDonkey's negotiation and greetings. */
function likeEdonkey(name: string, later: SizeOf): Model {
  return {
    name: `tcp: negotiation as eDonkey's, then ${name}`,
    carrier: 'tcp',
    make(chance) {
      const hello = chance.between(40, 400)
      const answer = Math.max(40, hello + chance.between(-100, 100))
      return inTurns(
        chance,
        [chance.between(12, 267), chance.between(6, 261), hello, answer],
        later,
      )
    },
  }
}

const uniform: SizeOf = (chance) => chance.between(1, MSS)
const small: SizeOf = (chance) => chance.between(1, 200)
const tiny: SizeOf = (chance) => chance.between(1, 64)
const logarithmic: SizeOf = (chance) => chance.logBetween(1, MSS)
/** Shadowsocks AEAD: length 2 + tag 16, payload + tag 16. */
const chunks: SizeOf = (chance) => 34 + chance.logBetween(1, MSS - 34)
/** A block cipher with a tag: SSH, many VPNs over TCP. */
const blocks: SizeOf = (chance) => 36 + 8 * Math.min(170, chance.logBetween(1, 170) - 1)
/** MTProto: 24 bytes and blocks of 16, behind 4 bytes of length. */
const mtproto: SizeOf = (chance) => 28 + 16 * chance.logBetween(1, 80)
const bulk: SizeOf = (chance) => chance.oneOf([MSS, MSS, MSS, chance.between(1, MSS)])
/** What is asked and answered first, then what was asked for. */
const thenBulk =
  (first: SizeOf): SizeOf =>
  (chance, index) =>
    index < TALK_PIECES ? first(chance, index) : MSS

/** Typing over SSH: what is sent comes back in the same size. */
function echoes(name: string, size: SizeOf): Model {
  return {
    name: `tcp: keys as MSE's, then ${name} answered in the same size`,
    carrier: 'tcp',
    make(chance) {
      const pieces = inTurns(chance, [chance.between(96, 608), chance.between(96, 608)], size)
      for (let i = 3; i < pieces.length; i++) {
        const [before, own] = [pieces[i - 1]!, pieces[i]!]
        if (own.from !== before.from) pieces[i] = piece(chance, own.from, before.bytes.length)
      }
      return pieces
    },
  }
}

const STREAMS: readonly Model[] = [
  {
    name: 'tcp: random sizes and turns',
    carrier: 'tcp',
    make: (chance) =>
      Array.from({ length: PIECES }, (_, index) =>
        piece(chance, index === 0 ? 0 : chance.oneOf([0, 1]), uniform(chance, index)),
      ),
  },
  likeMse('1 to 1,448 bytes', uniform),
  likeMse('1 to 200 bytes', small),
  likeMse('1 to 64 bytes', tiny),
  likeMse('each order of magnitude', logarithmic),
  likeMse('tagged chunks (shadowsocks)', chunks),
  likeMse('blocks (SSH)', blocks),
  likeMse('blocks (MTProto)', mtproto),
  likeMse('bulk', bulk),
  likeMse('1 to 200 bytes and bulk behind', thenBulk(small)),
  likeMse('each order of magnitude and bulk behind', thenBulk(logarithmic)),
  echoes('blocks (SSH)', blocks),
  echoes('1 to 200 bytes', small),
  {
    name: 'tcp: cells of one size',
    carrier: 'tcp',
    make(chance) {
      const size = chance.logBetween(16, MSS)
      return inTurns(chance, [size, size], () => size)
    },
  },
  {
    name: 'tcp: MTProto obfuscated (64 bytes, then packets)',
    carrier: 'tcp',
    make: (chance) => inTurns(chance, [64 + mtproto(chance, 0), mtproto(chance, 1)], mtproto),
  },
  {
    name: 'tcp: shadowsocks (salt 32, web requests)',
    carrier: 'tcp',
    make: (chance) =>
      inTurns(
        chance,
        [32 + 34 + 34 + chance.between(60, 600), 32 + 34 + chance.between(40, 600)],
        chunks,
      ),
  },
  likeEdonkey('1 to 1,448 bytes', uniform),
  likeEdonkey('1 to 200 bytes', small),
  likeEdonkey('1 to 64 bytes', tiny),
  likeEdonkey('each order of magnitude', logarithmic),
  {
    name: 'tcp from the middle: random sizes and turns',
    carrier: 'tcp',
    fromStart: false,
    make: (chance) =>
      Array.from({ length: PIECES }, (_, index) =>
        piece(chance, index === 0 ? 0 : chance.oneOf([0, 1]), uniform(chance, index)),
      ),
  },
]

/** All datagrams of these are marked or sized as chance says. */
function datagrams(name: string, make: (chance: Chance, index: number) => Uint8Array): Model {
  return {
    name: `udp: ${name}`,
    carrier: 'udp',
    make: (chance) =>
      Array.from({ length: chance.between(1, 10) }, (_, index) => ({
        from: index === 0 ? 0 : chance.oneOf([0, 1]),
        bytes: make(chance, index),
        waitMicros: chance.logBetween(50, 1_000_000),
      })),
  }
}

/** Sizes that Kad's own datagrams have when they are hidden. */
// biome-ignore format: a table
const KAD_SIZES = [18, 20, 22, 35, 36, 37, 38, 42, 43, 44, 49, 50, 51, 52, 60, 85, 110, 135, 310, 535]

/** A conversation whose datagrams share a header, some fields of which count or tell the time. */
function headed(name: string, head: (state: Headed, chance: Chance) => Uint8Array): Model {
  return {
    name: `udp: ${name}`,
    carrier: 'udp',
    make(chance) {
      const state = {
        id: chance.between(0, 0xffff),
        token: chance.between(0, 2 ** 32 - 2),
        counts: [chance.between(0, 0xffff), chance.between(0, 0xffff)] as [number, number],
        clock: chance.between(0, 2 ** 31),
        from: 0 as Side,
      }
      return Array.from({ length: 10 }, (_, index) => {
        const waitMicros = chance.logBetween(50, 100_000)
        state.from = index === 0 ? 0 : chance.oneOf([0, 1])
        state.counts[state.from] = (state.counts[state.from] + 1) % 65_536
        state.clock = (state.clock + waitMicros) % 2 ** 32
        const body = chance.bytes(chance.between(0, 200))
        return { from: state.from, bytes: concat(head(state, chance), body), waitMicros }
      })
    },
  }
}

interface Headed {
  readonly id: number
  readonly token: number
  readonly counts: [number, number]
  clock: number
  from: Side
}

/** The first byte is a uTP data packet's, as a type of some other protocol. */
const UTP_FIRST = [0x01, 0x11, 0x21, 0x31, 0x41]

const DATAGRAMS: readonly Model[] = [
  datagrams('1 to 1,400 random bytes', (chance) => chance.bytes(chance.between(1, 1400))),
  datagrams('18 to 117 random bytes', (chance) => chance.bytes(chance.between(18, 117))),
  datagrams('1 to 40 random bytes', (chance) => chance.bytes(chance.between(1, 40))),
  datagrams('random bytes in sizes of Kad', (chance) => chance.bytes(chance.oneOf(KAD_SIZES))),
  datagrams('20 random bytes', (chance) => chance.bytes(20)),
  datagrams("random bytes behind eDonkey's first ones", (chance) =>
    concat(
      Uint8Array.of(chance.oneOf([0xe3, 0xe4, 0xe5, 0xc5])),
      chance.bytes(chance.between(1, 60)),
    ),
  ),
  datagrams("random bytes behind a tracker's first ones", (chance) =>
    concat(Uint8Array.of(0, 0, chance.oneOf([0, 4]), chance.between(0, 4)), chance.bytes(16)),
  ),
  datagrams("random bytes behind an Azureus request's length", (chance) =>
    chance.bytes(chance.between(42, 90)),
  ),
  datagrams('length where Gnutella has its own', (chance) => {
    const size = chance.between(0, 60)
    const head = new ByteWriter().bytes(chance.bytes(19)).u32le(size)
    return head.bytes(chance.bytes(size)).finish()
  }),
  headed('type, connection, constant token, counter', ({ id, token, counts, from }, chance) =>
    new ByteWriter()
      .u8(chance.oneOf(UTP_FIRST))
      .u8(0)
      .u16be(id)
      .u32be(token)
      .u32be(token)
      .u32be(token)
      .u16be(counts[from])
      .u16be(id)
      .finish(),
  ),
  headed('type, connection, counters everywhere', ({ id, counts, from }) =>
    new ByteWriter()
      .u8(0x01)
      .u8(0)
      .u16be(id)
      .u32be(counts[from])
      .u32be(counts[from])
      .u32be(counts[from])
      .u16be(counts[from])
      .u16be(counts[1 - from]!)
      .finish(),
  ),
  headed('type, connection, milliseconds, counter', ({ id, clock, counts, from }) =>
    new ByteWriter()
      .u8(0x21)
      .u8(0)
      .u16be(id)
      .u32be(Math.floor(clock / 1000))
      .u32be(0)
      .u32be(65_536)
      .u16be(counts[from])
      .u16be(counts[from])
      .finish(),
  ),
  headed('type, connection, random', ({ id }, chance) =>
    new ByteWriter().u8(chance.oneOf(UTP_FIRST)).u8(0).u16be(id).bytes(chance.bytes(16)).finish(),
  ),
  headed('real-time transport (RTP)', ({ token, clock, counts, from }) =>
    new ByteWriter()
      .u8(0x80)
      .u8(0x60)
      .u16be(counts[from])
      .u32be(Math.floor((clock * 9) / 100))
      .u32be(token)
      .finish(),
  ),
  // RFC 3711: the head of RTP in clear, a marker where sound begins; counts begin anywhere.
  headed('enciphered sound (SRTP)', ({ token, clock, counts, from }, chance) =>
    new ByteWriter()
      .u8(0x80)
      .u8(counts[from] % 16 === 0 ? 0xe0 : 0x60)
      .u16be(0x0200 + (counts[from] % 256))
      .u32be(Math.floor((clock * 6) / 125))
      .u32be(token)
      .bytes(chance.bytes(40))
      .finish(),
  ),
  headed('virtual private network (OpenVPN)', ({ id, counts, from }) =>
    new ByteWriter().u8(0x48).u8(1).u16be(id).u32be(counts[from]).finish(),
  ),
  headed('virtual private network (WireGuard)', ({ token, counts, from }) =>
    new ByteWriter()
      .u32be(0x0400_0000)
      .u32be(token)
      .u32be(counts[from] * 2 ** 16)
      .u32be(0)
      .finish(),
  ),
]

export const MODELS: readonly Model[] = [...STREAMS, ...DATAGRAMS]
