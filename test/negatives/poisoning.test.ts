/**
 * The endpoint memory poisoned: trackers, DHT nodes, servers and servents may name whom they like, so
 * a web server's address in an answer must not make its visitors P2P. Only what cannot be read, and
 * has the very shape of an encrypted peer, may be named.
 */
import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { type Endpoint, parseIp4 } from '../../src/core/address.ts'
import { ByteWriter, bytesOf, concat, fromHex } from '../../src/core/bytes.ts'
import { CaptureMaker } from '../../src/core/capture-maker.ts'
import type { Flow } from '../../src/core/event.ts'
import { repositoryFile } from '../../src/core/repository.ts'
import type { Engine } from '../../src/intake/engine.ts'
import { protocols } from '../../src/protocols/index.ts'
import { Chance, type Piece } from './chance.ts'
import { FIXTURES } from './fixtures.ts'
import { isKnown, KNOWN_FIXTURES, KNOWN_SPECIMENS, SEALED_FIXTURES } from './known.ts'
import { MUTATIONS } from './mutations.ts'
import { flowsOf, namedOf, packetsOf, packetsOfCapture } from './packets.ts'
import { SPECIMENS } from './specimens.ts'

const USER = '192.0.2.10'
/** Hosts that lie about others: one of each kind. */
const LIAR = '198.51.100.66'
const NOBODY: Endpoint = { ip: '198.51.100.80', port: 443 }

/** What is claimed to be a peer, and is not. */
// biome-ignore format: a table
const VICTIMS = {
  web: { ip: '203.0.113.1', port: 80 },
  tls: { ip: '203.0.113.2', port: 443 },
  ssh: { ip: '203.0.113.3', port: 22 },
  database: { ip: '203.0.113.4', port: 3306 },
  directory: { ip: '203.0.113.5', port: 389 },
  dns: { ip: '203.0.113.6', port: 53 },
  time: { ip: '203.0.113.7', port: 123 },
  stun: { ip: '203.0.113.8', port: 3478 },
  game: { ip: '203.0.113.9', port: 8303 },
  stream: { ip: '203.0.113.20', port: 9000 },
  silent: { ip: '203.0.113.21', port: 80 },
} as const satisfies Record<string, Endpoint>

type Victim = keyof typeof VICTIMS

const ALL = Object.values<Endpoint>(VICTIMS)

/** 4 bytes of address and 2 of port, as trackers and the DHT have them. */
function compact({ ip, port }: Endpoint): Uint8Array {
  return new ByteWriter().bytes(parseIp4(ip)!).u16be(port).finish()
}

/** A tracker's answer, with all of them as peers. */
function lieAsTracker(maker: CaptureMaker): void {
  const hash = '%01%23%45%67%89%ab%cd%ef%01%23%45%67%89%ab%cd%ef%01%23%45%67'
  const asked = `/announce?info_hash=${hash}&peer_id=-XX0001-abcdefghijkl&port=6881&compact=1`
  const body = concat(
    bytesOf(`d8:intervali1800e5:peers${6 * ALL.length}:`),
    ...ALL.map(compact),
    bytesOf('e'),
  )
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`
  maker
    .tcp({ ip: USER, port: 40_001 }, { ip: LIAR, port: 8080 })
    .send(0, bytesOf(`GET ${asked} HTTP/1.1\r\nHost: t.example.org\r\n\r\n`))
    .send(1, concat(bytesOf(answer), body))
    .close()
}

/** A DHT node's answer to `get_peers`, with all of them as peers and as nodes. */
function lieAsDht(maker: CaptureMaker): void {
  const [user, node] = [
    { ip: USER, port: 6881 },
    { ip: LIAR, port: 6881 },
  ] as const
  const id = fromHex('0123456789abcdef0123456789abcdef01234567')
  const query = concat(bytesOf('d1:ad2:id20:'), id, bytesOf('9:info_hash20:'), id)
  maker.udp(user, node, concat(query, bytesOf('e1:q9:get_peers1:t2:aa1:y1:qe')))
  const values = ALL.map((one) => concat(bytesOf('6:'), compact(one)))
  const nodes = ALL.map((one) => concat(id, compact(one)))
  const answer = concat(
    bytesOf('d1:rd2:id20:'),
    id,
    bytesOf(`5:nodes${26 * ALL.length}:`),
    ...nodes,
    bytesOf('5:token2:aa6:valuesl'),
    ...values,
    bytesOf('ee1:t2:aa1:y1:re'),
  )
  maker.udp(node, user, answer)
}

/** An eDonkey server's sources, and a Kad node's contacts. */
function lieAsEdonkey(maker: CaptureMaker): void {
  const [user, server] = [
    { ip: USER, port: 4672 },
    { ip: LIAR, port: 4665 },
  ] as const
  const hash = fromHex('00112233445566778899aabbccddeeff')
  const sources = ALL.map(({ ip, port }) =>
    new ByteWriter().bytes(parseIp4(ip)!).u16le(port).finish(),
  )
  maker.udp(user, server, concat(Uint8Array.of(0xe3, 0x9a), hash))
  maker.udp(
    server,
    user,
    concat(Uint8Array.of(0xe3, 0x9b), hash, Uint8Array.of(ALL.length), ...sources),
  )
  const contacts = ALL.map(({ ip, port }) => {
    const writer = new ByteWriter().bytes(hash).bytes(parseIp4(ip)!.reverse())
    return writer.u16le(port).u16le(port).u8(8).finish()
  })
  const kad = { ip: LIAR, port: 4672 }
  maker.udp(user, kad, concat(Uint8Array.of(0xe4, 0x21, 0x0b), hash, hash))
  maker.udp(
    kad,
    user,
    concat(Uint8Array.of(0xe4, 0x29), hash, Uint8Array.of(ALL.length), ...contacts),
  )
}

/** Pongs of a servent, one for each of them. */
function lieAsGnutella(maker: CaptureMaker): void {
  const guid = fromHex('1122334455667788ff99aabbccddee00')
  for (const { ip, port } of ALL) {
    const pong = new ByteWriter().bytes(guid).u8(1).u8(1).u8(0).u32le(14).u16le(port)
    pong.bytes(parseIp4(ip)!).u32le(100).u32le(2000)
    maker.udp({ ip: LIAR, port: 6346 }, { ip: USER, port: 6346 }, pong.finish())
  }
}

const chance = new Chance(6)

/** What the user does with each of them; nothing of it is P2P. */
function visit(maker: CaptureMaker): void {
  let port = 50_000
  const tcp = (name: Victim) => maker.tcp({ ip: USER, port: port++ }, VICTIMS[name])
  const udp = (name: Victim, ...turns: readonly Uint8Array[]) => {
    const user = { ip: USER, port: port++ }
    for (const [index, bytes] of turns.entries()) {
      if (index % 2 === 0) maker.udp(user, VICTIMS[name], bytes)
      else maker.udp(VICTIMS[name], user, bytes)
    }
  }
  const page = bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n')
  tcp('web')
    .send(0, bytesOf('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    .send(1, concat(page, chance.bytes(600)))
  const record = (type: number, size: number) =>
    concat(new ByteWriter().u8(type).u16be(0x0303).u16be(size).finish(), chance.bytes(size))
  tcp('tls').send(0, record(0x16, 512)).send(1, record(0x16, 400)).send(0, record(0x17, 200))
  tcp('ssh')
    .send(1, bytesOf('SSH-2.0-x\r\n'))
    .send(0, bytesOf('SSH-2.0-y\r\n'))
    .send(0, chance.bytes(400))
  tcp('database').send(1, concat(fromHex('4a0000000a'), bytesOf('8.0.36\0'), chance.bytes(60)))
  tcp('directory')
    .send(0, fromHex('300c020101600702010304008000'))
    .send(1, fromHex('300c02010161070a010004000400'))
  udp('dns', fromHex('4100010000010000000000000161016200 00010001'.replace(' ', '')))
  udp('time', fromHex(`23${'00'.repeat(39)}e9a1b2c3d4e5f607`), fromHex(`24${'00'.repeat(47)}`))
  udp(
    'stun',
    fromHex('000100002112a4420102030405060708090a0b0c'),
    fromHex('010100002112a4420102030405060708090a0b0c'),
  )
  udp('game', fromHex('ffffffffffffffffffff67696533 01'.replace(' ', '')))
  // What can be anybody's: chance in the shape of MSE, and a connection in which nothing is said.
  tcp('stream')
    .send(0, chance.bytes(300))
    .send(1, chance.bytes(400))
    .send(0, chance.bytes(180))
    .send(1, chance.bytes(90))
  tcp('silent').close()
  maker
    .tcp({ ip: USER, port: port++ }, NOBODY)
    .send(0, chance.bytes(300))
    .send(1, chance.bytes(400))
}

function familyOf(flows: readonly Flow[], { ip, port }: Endpoint): string | undefined {
  const [flow, ...others] = flows.filter(({ ends }) => ends[1].ip === ip && ends[1].port === port)
  assert.ok(flow !== undefined && others.length === 0, `one flow to ${ip}:${port}`)
  return flow.p2p && `${flow.p2p.family} ${flow.p2p.part} ${flow.p2p.sureness}`
}

const LIES = [
  ['a tracker', lieAsTracker, 'bittorrent peer-encrypted likely', 'bittorrent peer likely'],
  ['a DHT node', lieAsDht, 'bittorrent peer-encrypted likely', 'bittorrent peer likely'],
  ['an eDonkey server and a Kad node', lieAsEdonkey, undefined, 'edonkey peer likely'],
  ['a servent', lieAsGnutella, undefined, undefined],
] as const

for (const [who, lie, ofStream, ofSilent] of LIES) {
  for (const when of ['before', 'after'] as const) {
    test(`${who} names servers of other kinds ${when} they are visited: they stay what they are`, () => {
      const maker = new CaptureMaker()
      if (when === 'before') lie(maker)
      visit(maker)
      if (when === 'after') lie(maker)
      let claims = 0
      const flows = flowsOf(packetsOfCapture(maker.finish()), undefined, ({ type }) => {
        if (type === 'claim') claims++
      })
      assert.ok(claims >= ALL.length, `${claims} claims`)
      for (const [name, endpoint] of Object.entries(VICTIMS)) {
        const expected = { stream: ofStream, silent: ofSilent }[name]
        assert.equal(familyOf(flows, endpoint), expected, name)
      }
      assert.equal(familyOf(flows, NOBODY), undefined)
      for (const { p2p } of flows) assert.ok(p2p?.sureness !== 'likely' || p2p.taughtBy)
    })
  }
}

/** What claims may say of an endpoint, and what certain flows teach: some of every family's words. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  bittorrent: ['peer', 'dht', 'utp', 'vuze-dht'],
  edonkey: ['peer', 'server', 'kad', 'peer-udp', 'server-udp'],
  gnutella: ['node', 'g2', 'udp', 'dht', 'udp-host-cache'],
}
/** The same words for families that have no row: those that most claims use. */
const USUAL_PARTS = [
  'peer',
  'node',
  'router',
  'server',
  'supernode',
  'client',
  'hub',
  'peer-tls',
  'hub-tls',
  'tracker',
  'discv5',
  'rlpx',
] as const

/** Teach both ends of every flow, in every way of one family. */
function poison(engine: Engine, flows: readonly Flow[], index: number): void {
  for (const { ends, micros } of flows) {
    for (const endpoint of ends) {
      for (const part of PARTS[protocols[index]!.name] ?? USUAL_PARTS) {
        const taughtBy = { capture: '', frame: 1, via: 'lie', by: NOBODY, endpoint, micros }
        engine.endpoints.teach(endpoint, {
          index,
          part,
          carriers: 'both',
          lastMicros: micros,
          taughtBy,
        })
      }
    }
  }
}

/** Fixtures of which flows are chance from the first byte on. */
const UNREADABLE = /^(?:random-stream|shadowsocks-.*|obfs4|vmess|kcp|openvpn-tcp)\.pcap$/
const WHOLE = ['as captured', 'opener only', 'other side only', 'stopped after 4 packets']

for (const path of FIXTURES) {
  const name = basename(path)
  if (UNREADABLE.test(name)) continue
  const known = KNOWN_FIXTURES[name]
  const sealed = SEALED_FIXTURES[name]
  const what = known ? `named ${known.names.join(', ')} at most` : 'readable, so not named'
  test(`${name}: ${what}, even if all its endpoints were claimed in every way`, async () => {
    const packets = await packetsOf(repositoryFile(path))
    for (const [way, mutate] of MUTATIONS) {
      if (!WHOLE.includes(way)) continue
      const changed = mutate(packets)
      const plain = flowsOf(changed)
      for (const index of protocols.keys()) {
        const flows = flowsOf(changed, (engine) => poison(engine, plain, index))
        const named = flows.filter(({ p2p, proto, payloadBytes: [a, b] }) => {
          if (p2p === undefined || a + b === 0 || isKnown(known, p2p.family, p2p.part)) return false
          return !(proto === sealed && p2p.sureness === 'likely' && p2p.taughtBy?.via === 'lie')
        })
        assert.deepEqual(
          named.map(({ ends, p2p }) => [ends, p2p]),
          [],
          way,
        )
      }
    }
  })
}

test('unreadable streams are named where their endpoints were claimed, and only there', async () => {
  const packets = await packetsOf(repositoryFile('test/negatives/fixtures/random-stream.pcap'))
  const plain = flowsOf(packets)
  const flows = flowsOf(packets, (engine) => poison(engine, plain, 0))
  assert.ok(flows.some(({ p2p }) => p2p?.part === 'peer-encrypted' && p2p.taughtBy !== undefined))
  assert.ok(plain.every(({ p2p }) => p2p === undefined))
})

/** Specimens that say nothing readable, from the start or once their greeting has gone by. */
// biome-ignore format: a table
const HIDDEN: readonly string[] = [
  'lightning, by Noise', 'RLPx', 'NTCP2', 'obfuscated SSH (Psiphon)',
  'SSH, encrypted lengths, from the middle', 'MTProto, padded',
]

for (const model of SPECIMENS) {
  const hidden = HIDDEN.some((name) => model.name.endsWith(name))
  const known = KNOWN_SPECIMENS[model.name]
  const what = hidden
    ? 'not readable, so likely at most where an endpoint was claimed, and with the claim'
    : 'readable, so not named even if both endpoints were claimed in every way'
  test(`${model.name}: ${what}`, () => {
    for (let i = 0; i < 10; i++) {
      const packets = packetsOfCapture(captureOf(model.carrier, model.make(chance)))
      const plain = flowsOf(packets)
      for (const index of protocols.keys()) {
        const flows = flowsOf(packets, (engine) => poison(engine, plain, index))
        const others = flows.filter(({ p2p }) => p2p && !isKnown(known, p2p.family, p2p.part))
        if (!hidden) assert.deepEqual(namedOf(others), [])
        for (const { p2p } of others) {
          if (p2p === undefined) continue
          assert.equal(p2p.sureness, 'likely')
          assert.equal(p2p.taughtBy?.via, 'lie')
        }
      }
    }
  })
}

function captureOf(carrier: 'tcp' | 'udp', pieces: readonly Piece[]): Uint8Array {
  const maker = new CaptureMaker()
  const ends = [
    { ip: USER, port: 40_000 },
    { ip: '203.0.113.30', port: 9000 },
  ] as const
  const talk = carrier === 'tcp' ? maker.tcp(ends[0], ends[1]) : undefined
  for (const { from, bytes } of pieces) {
    if (talk) talk.send(from, bytes)
    else maker.udp(ends[from], ends[1 - from]!, bytes)
  }
  return maker.finish()
}
