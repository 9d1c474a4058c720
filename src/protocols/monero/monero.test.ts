/** Levin: a real handshake body, made answers, and what must not be taken for it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, lookAt, madeFlow, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { monero } from './index.ts'
import { levinWire } from './wire/levin.ts'
import { type Entry, Section, storageWire } from './wire/storage.ts'

/** Body of a real node's handshake; tests of the Rust crate epee_encoding, which decode it as such. */
const HANDSHAKE = fromHex(`
  01110101010102010108096e6f64655f646174610c10076d795f706f727406a04600000a6e6574776f726b5f69640a401230f171
  610441611731008216a1a11007706565725f6964053eb3c096c4471c340d737570706f72745f666c61677306010000000c706179
  6c6f61645f646174610c181563756d756c61746976655f646966666963756c7479053951f7a79aab4a031b63756d756c61746976
  655f646966666963756c74795f746f7036340500000000000000000e63757272656e745f68656967687405fa092a00000000000c
  7072756e696e675f73656564068001000006746f705f69640a806cc497b230ba57a95edb370be8d6870c94e0992937c89b1def3a
  4cb7726d37ad0b746f705f76657273696f6e0810`)
/** A ping's answer, after p2p_protocol_defs.h: status OK, peer id 1. */
const PING = fromHex(
  '011101010101020101 08 06 737461747573 0a 08 4f4b 07 706565725f6964 05 0100000000000000',
)

function levin(command: number, flags: number, body: Uint8Array): Uint8Array {
  return levinWire.emit({ expects: flags === 1, command, code: flags === 2 ? 1 : 0, flags, body })
}

function entry(name: string, kind: number, value: Entry['value']): Entry {
  return { name, kind, value }
}

/** One peer of the list as Monero writes it. */
function peer(ip: string, port: string, id: string): Section {
  const addr = new Section([entry('m_ip', 6, fromHex(ip)), entry('m_port', 7, fromHex(port))])
  const adr = new Section([entry('addr', 12, addr), entry('type', 8, fromHex('01'))])
  return new Section([entry('adr', 12, adr), entry('id', 5, fromHex(id))])
}

const ANSWER = storageWire.emit(
  new Section([
    entry('local_peerlist_new', 0x8c, [
      peer('cb007107', 'a046', '0100000000000000'),
      peer('c6336402', '0000', '0200000000000000'),
    ]),
    entry('local_peerlist', 10, fromHex('c0000209 a0460000 0300000000000000 0000000000000000')),
  ]),
)

test('the contract of wires', () => {
  checkWire(storageWire, [HANDSHAKE, PING, ANSWER])
  checkWire(levinWire, [
    levin(1001, 1, HANDSHAKE),
    levin(1003, 2, PING),
    levin(1007, 1, new Uint8Array(0)),
  ])
})

test('the header is laid out as the document draws it', () => {
  // docs/LEVIN_PROTOCOL.md: signature, length, E. Response, command, return code, flags, version.
  const head = fromHex('0121010101010101 0000000000000000 01 ef030000 00000000 01000000 01000000')
  assert.deepEqual(levin(1007, 1, new Uint8Array(0)), head)
})

const TALK: readonly (readonly [Side, Uint8Array])[] = [
  [0, levin(1001, 1, HANDSHAKE)],
  [1, levin(1001, 2, ANSWER)],
  [1, levin(2002, 1, new Uint8Array(5000))],
  [0, levin(1002, 2, ANSWER)],
]

test('a handshake says who it is and where it listens; lists are claims, both forms', () => {
  const kept = checkSession(monero, factsOf('tcp', 'peer'), TALK)
  assert.deepEqual(kept.of('fault'), [])
  const [client] = kept.of('client')
  assert.deepEqual([client!.id, client!.listens?.port], ['341c47c496c0b33e', 18_080])
  const { fields } = kept.of('message')[0]!
  assert.deepEqual([fields.network, fields.height, fields.top_version], ['monero', 2_755_066, 16])
  const claims = kept
    .of('claim')
    .map(({ via, about, id }) => `${via} ${about.ip}:${about.port} ${id}`)
  assert.deepEqual(claims.slice(0, 4), [
    'handshake 192.0.2.1:18080 341c47c496c0b33e',
    'peer-list 203.0.113.7:18080 0000000000000001',
    'peer-list 198.51.100.2:0 0000000000000002',
    'peer-list 192.0.2.9:18080 0000000000000003',
  ])
  assert.deepEqual(
    kept.of('transfer').map(({ bytes }) => bytes),
    [5000],
  )
  const check = new Ajv2020({ allErrors: true }).compile(monero.logs!.monero!)
  for (const said of kept.of('message')) assert.ok(check(said.fields), JSON.stringify(check.errors))
})

test('one header is certain, also from the middle; a signature alone is nothing', () => {
  const look = (bytes: Uint8Array, fromStart = true): unknown => {
    const sight = monero.recognise(lookAt(madeFlow('tcp', [[0, bytes]], fromStart)))
    return typeof sight === 'string' ? sight : sight.sureness
  }
  assert.equal(look(TALK[0]![1]), 'certain')
  assert.equal(
    monero.recognise(
      lookAt(
        madeFlow(
          'tcp',
          [
            [0, bytesOf('noise')],
            [0, TALK[0]![1]],
          ],
          false,
        ),
      ),
    ) !== 'no',
    true,
  )
  assert.equal(look(concat(fromHex('0121010101010101'), new Uint8Array(40).fill(7))), 'no')
  assert.equal(look(new Uint8Array(60).fill(1)), 'no')
})

test('after a hole the next header is found', () => {
  const kept = checkSession(monero, factsOf('tcp', 'peer', false), [
    [0, concat(new Uint8Array(77).fill(1), TALK[0]![1])],
  ])
  assert.deepEqual(
    kept.of('message').map(({ name }) => name),
    ['handshake'],
  )
})

test('sections in sections without end are refused', () => {
  const deep = concat(
    fromHex('011101010101020101'),
    ...Array.from({ length: 40 }, () => fromHex('04 01 61 0c')),
    fromHex('00'),
  )
  assert.equal(storageWire.parse(deep, 0).kind, 'malformed')
})

test('real nodes: who listens where, under one id each; whom the second tells of', () => {
  const path = repositoryFile('src/protocols/monero/fixtures/nodes.pcap')
  const flows = flowsOf(readFileSync(path)).filter(({ pieces }) => pieces.length > 0)
  // make-nodes.sh: the second calls the first, the third calls both.
  assert.deepEqual(
    flows.map(({ ends }) => `${ends[0].ip} ${ends[1].ip}`).sort(),
    ['12 11', '13 11', '13 12'].map((two) => `198.18.80.${two.replace(' ', ' 198.18.80.')}`),
  )
  const ids = new Map<string, Set<string>>()
  const told: string[] = []
  for (const flow of flows) {
    const sight = monero.recognise(lookAt(flow))
    assert.ok(typeof sight !== 'string' && sight.sureness === 'certain')
    const kept = checkSession(monero, factsOfFlow(flow, 'peer'), transcriptOf(flow))
    assert.deepEqual(kept.of('fault'), [])
    for (const { who, id, listens } of kept.of('client')) {
      ids.set(who.ip, (ids.get(who.ip) ?? new Set()).add(id!))
      assert.deepEqual(listens, { ip: who.ip, port: 18_080 })
    }
    for (const { by, about, via, id } of kept.of('claim')) {
      assert.equal(about.port, 18_080)
      if (via === 'peer-list') told.push(`${by.ip} ${about.ip} ${id}`)
    }
    for (const { fields } of kept.of('message')) {
      if (fields.type === 'handshake') assert.equal(fields.network, 'monero')
    }
  }
  assert.deepEqual(
    [...ids.values()].map(({ size }) => size),
    [1, 1, 1],
  )
  const [first] = ids.get('198.18.80.11')!
  assert.ok(told.includes(`198.18.80.12 198.18.80.11 ${first}`), told.join())
})

test('nDPI’s capture: four calls of one node; the answers are cut by the end of the capture', (context) => {
  const path = sharedCapture('third-party/p2p/mining-pool/ndpi-monero.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const flows = flowsOf(readFileSync(path))
  assert.equal(flows.length, 4)
  for (const flow of flows) {
    const sight = monero.recognise(lookAt(flow))
    assert.ok(typeof sight !== 'string' && sight.sureness === 'certain')
    const transcript = transcriptOf(flow)
    const kept = checkSession(monero, factsOfFlow(flow, 'peer'), transcript)
    assert.deepEqual(kept.of('fault'), [])
    assert.deepEqual(
      kept.of('client').map(({ id, listens }) => [id, listens?.port]),
      [['acacc23b48619611', 18_080]],
    )
  }
})
