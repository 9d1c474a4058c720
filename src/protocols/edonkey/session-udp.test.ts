/**
 * Datagrams, read: Kad between aMule 2.3.3 nodes out of fixtures/kad.pcap, every message of every
 * table, and obfuscated datagrams whose key the flow itself tells.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, fromHex } from '../../core/bytes.ts'
import { flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, Kept, type Transcript } from '../../core/session-check.ts'
import { edonkey } from './index.ts'
import { Rc4 } from './obfuscation.ts'
import {
  EMULE_UDP_SAMPLES,
  FILE,
  FILE_KAD,
  IP,
  IP_REVERSED,
  KAD_SAMPLES,
  OVERNET_SAMPLES,
  PORT,
  SERVER_UDP_SAMPLES,
  str16,
  USER,
  USER_KAD,
} from './samples-in-test.ts'

function said(...datagrams: readonly (readonly [0 | 1, string])[]): Kept {
  const transcript: Transcript = datagrams.map(([from, text]) => [from, fromHex(text)])
  return checkSession(edonkey, factsOf('udp', 'kad'), transcript)
}

test('Kad of aMule: contacts, publishing, and no fault', () => {
  const flows = flowsOf(readFileSync(repositoryFile('src/protocols/edonkey/fixtures/kad.pcap')))
  const all = flows.map((flow) => {
    const transcript: Transcript = transcriptOf(flow)
    const facts = {
      flow: 1,
      carrier: 'udp',
      ends: flow.ends,
      fromStart: true,
      part: 'kad',
    } as const
    return checkSession(edonkey, facts, transcript)
  })
  assert.deepEqual(
    all.flatMap((kept) => kept.of('fault')),
    [],
  )
  const report = 'quarterly report spreadsheet.ods'
  assert.ok(
    all.some((kept) =>
      kept
        .of('share')
        .some(
          (each) => each.via === 'kad-publish-key' && each.name === report && each.size === 180_000,
        ),
    ),
  )
  const published = all
    .flatMap((kept) => kept.of('claim'))
    .filter((each) => each.via === 'kad-publish')
  assert.deepEqual(
    new Set(published.map((each) => `${each.about.ip}:${each.about.port} ${each.content}`)),
    new Set(['198.51.100.63:4669 urn:ed2k:8347d202fb8a6904c2aa914679da8e7d']),
  )
  // Every contact that is named is one of the seven nodes of the capture.
  const nodes = new Set([
    '203.0.113.60',
    '198.51.100.63',
    '192.31.196.66',
    '192.52.193.69',
    '192.175.48.72',
    '192.88.99.75',
    '203.0.113.78',
  ])
  const named = all
    .flatMap((kept) => kept.of('claim'))
    .filter((each) => each.via === 'kad-contacts')
  assert.ok(named.length > 20)
  for (const claim of named) assert.ok(nodes.has(claim.about.ip), claim.about.ip)
})

test('a contact is claimed twice: Kad on UDP and a client on TCP, with its id', () => {
  const kept = said([1, `e429 ${FILE_KAD} 01 ${USER_KAD} ${IP_REVERSED} 4012 ${PORT} 08`])
  assert.deepEqual(
    kept
      .of('claim')
      .map(({ about, part, carriers, id }) => [`${about.ip}:${about.port}`, part, carriers, id]),
    [
      ['192.0.2.1:4672', 'kad', 'udp', USER],
      ['192.0.2.1:4662', 'peer', 'tcp', USER],
    ],
  )
})

test('a found source is an address for one file; the number in the tag is reversed on the wire', () => {
  // fe = 192.0.2.1 as a number, u32le: 01 02 00 c0
  const tags = `04 09 0100 ff 01 03 0100 fe ${IP_REVERSED} 08 0100 fd ${PORT} 08 0100 fc 4012`
  const kept = said([1, `e43b ${USER_KAD} ${FILE_KAD} 0100 ${USER_KAD} ${tags}`])
  assert.deepEqual(kept.of('claim'), [
    {
      type: 'claim',
      by: { ip: '198.51.100.2', port: 6881 },
      about: { ip: '192.0.2.1', port: 4662 },
      part: 'peer',
      carriers: 'tcp',
      via: 'kad-source',
      content: `urn:ed2k:${FILE}`,
      id: USER,
    },
  ])
})

test('a firewalled source names its buddy, whose octets stand as spoken', () => {
  const tags = `04 09 0100 ff 03 03 0100 fe ${IP_REVERSED} 03 0100 fb cb007105 08 0100 fa 4012`
  const kept = said([1, `e43b ${USER_KAD} ${FILE_KAD} 0100 ${USER_KAD} ${tags}`])
  assert.deepEqual(
    kept.of('claim').map(({ about, part, via }) => [about, part, via]),
    [[{ ip: '203.0.113.5', port: 4672 }, 'kad', 'kad-source-buddy']],
  )
})

test('who publishes a source is the one who has it, at the address it sends from', () => {
  const kept = said([0, `e444 ${FILE_KAD} ${USER_KAD} 02 09 0100 ff 01 08 0100 fd ${PORT}`])
  assert.deepEqual(kept.of('claim')[0]!.about, { ip: '192.0.2.1', port: 4662 })
  assert.equal(kept.of('claim')[0]!.via, 'kad-publish')
})

test('a keyword is only a hash until a name that holds it is found', () => {
  // MD4 of "handbook" by openssl, in words.
  const keyword = '8f1df239 d840b602 42eb5817 c3433190'
  const entry = `${FILE_KAD} 02 02 0100 01 ${str16('A Handbook.pdf')} 03 0100 02 40e20100`
  const kept = said([0, `e433 ${keyword} 0000`], [1, `e43b ${USER_KAD} ${keyword} 0100 ${entry}`])
  const urn = 'urn:kad-keyword:39f21d8f02b640d81758eb42903143c3'
  assert.deepEqual(
    kept.of('search').map(({ by, via, text, content }) => [by.ip, via, text, content]),
    [
      ['192.0.2.1', 'kad-keyword', undefined, urn],
      ['192.0.2.1', 'kad-keyword-of-result', 'handbook', urn],
    ],
  )
  assert.deepEqual(
    kept.of('share').map(({ name, size, via }) => [name, size, via]),
    [['A Handbook.pdf', 123_456, 'kad-search-result']],
  )
})

test('callbacks over UDP name who shall be called', () => {
  const kad = said([0, `e452 ${USER_KAD} ${FILE_KAD} ${PORT}`])
  assert.deepEqual(kad.of('claim')[0]!.about, { ip: '192.0.2.1', port: 4662 })
  assert.equal(kad.of('claim')[0]!.content, `urn:ed2k:${FILE}`)
  const server = said([0, `e39c cb007105 ${PORT} 39300000`])
  assert.deepEqual(server.of('claim')[0]!.about, { ip: '203.0.113.5', port: 4662 })
  const direct = said([0, `c595 ${PORT} ${USER} 03`])
  assert.deepEqual(direct.of('claim')[0]!.about, { ip: '192.0.2.1', port: 4662 })
})

test('server datagrams: sources, lists, and the ports for obfuscated traffic', () => {
  const kept = said(
    [1, `e39b ${FILE} 01 ${IP} ${PORT} e39b ${USER} 00`],
    [1, `e3a1 01 ${IP} 3512`],
    [
      1,
      `e397 1234aa55 e8030000 10270000 10000000 20000000 30000000 fb170000 05000000 4112 4012 78563412`,
    ],
  )
  assert.deepEqual(
    kept.of('claim').map(({ about, part, carriers, via }) => [about.port, part, carriers, via]),
    [
      [4662, 'peer', 'tcp', 'server-sources'],
      [4661, 'server', 'tcp', 'server-list'],
      [0x1240, 'server', 'tcp', 'server-status'],
      [0x1241, 'server-udp', 'udp', 'server-status'],
    ],
  )
})

for (const [name, samples] of Object.entries({
  'server UDP': SERVER_UDP_SAMPLES,
  'eMule UDP': EMULE_UDP_SAMPLES,
  Kad: KAD_SAMPLES,
  Overnet: OVERNET_SAMPLES,
})) {
  test(`every message of ${name} goes through`, () => {
    const all = Object.values(samples).flat()
    const kept = said(...all.map((each) => [0, each] as const))
    assert.deepEqual(kept.of('fault'), [])
    assert.deepEqual(
      [...new Set(kept.of('message').map((each) => each.name))].sort(),
      Object.keys(samples).sort(),
    )
  })
}

test('a datagram that breaks its layout is a fault, and the next one is read', () => {
  const kept = said([0, 'e429 0011'], [0, 'e460'])
  assert.deepEqual(
    kept.of('fault').map(({ wire, fault, at }) => [wire, fault, at]),
    [['edonkey/kad', 'body-short', 2]],
  )
  assert.equal(kept.of('message')[0]!.name, 'ping')
})

test('obfuscated datagrams are read where the flow told the id in the clear', () => {
  // Side 1 says hello with id FILE; side 0 then hides a ping under it (vector of the Python file).
  const kept = said(
    [1, `e419 ${FILE_KAD} ${PORT} 08 00`],
    [0, '10beef21c2b77e350e20f9600ce2a6309263'],
    // The answer is hidden under the key that the ping brought.
    [1, '12beef48a66f2d58a6d5591ea9f2e5a10de760f0'],
    [1, '10beef0102030405060708090a0b0c0d0e0f'],
  )
  assert.deepEqual(
    kept.of('message').map(({ name, fields }) => [name, fields.obfuscated]),
    [
      ['hello-response', undefined],
      ['ping', true],
      ['pong', true],
    ],
  )
  assert.equal(kept.counts.get('obfuscated'), 1)
})

test('noise ends the session without a fault for every datagram', () => {
  const noise = new Rc4(bytesOf('noise'))
  const transcript: Transcript = Array.from({ length: 200 }, () => [
    0,
    noise.apply(new Uint8Array(40)),
  ])
  const kept = checkSession(edonkey, factsOf('udp', 'kad'), transcript)
  assert.ok(kept.of('fault').length <= 40)
})

/** As a capture gives it that keeps so many bytes of each datagram. */
function saidCut(part: string, size: number, ...datagrams: readonly string[]): Kept {
  const kept = new Kept()
  const session = edonkey.openSession!(factsOf('udp', part), kept)
  for (const [frame, text] of datagrams.entries()) {
    const bytes = fromHex(text)
    session.data(0, bytes.slice(0, size), { micros: frame, frame, wireSize: bytes.length })
  }
  return kept
}

test('datagrams that the capture cut: contacts and contents as far as they are whole, no fault', () => {
  const id = '00112233445566778899aabbccddeeff'
  const contact = (last: string) => `${id} ${last}0200c0 3612 3512 08`
  // Target and count, then contacts of 25 bytes: of the third 5 bytes are there.
  const response = `e429 ${id} 03 ${contact('05')} ${contact('06')} ${contact('07')}`
  const search = `e433 ${id} 0080 00 00 01 0300 616263 01 0300 646566`
  const kept = saidCut('kad', 74, response, search + '00'.repeat(60))
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('claim').map(({ about, part }) => `${about.ip} ${about.port} ${part}`),
    ['192.0.2.5 4662 kad', '192.0.2.5 4661 peer', '192.0.2.6 4662 kad', '192.0.2.6 4661 peer'],
  )
  assert.equal(kept.counts.get('cut-by-capture'), 2)
  const cutTree = saidCut('kad', 26, search)
  assert.deepEqual(cutTree.of('fault'), [])
  assert.deepEqual(
    cutTree.of('search').map(({ content }) => content),
    ['urn:kad-keyword:33221100776655 44bbaa9988ffeeddcc'.replace(' ', '')],
  )
})
