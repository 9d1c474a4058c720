/**
 * What is recognised stays so where segments were joined or cut on their way: every fixture with
 * TCP in every way of `resegmented.ts`.
 */
import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { endpointText } from '../src/core/address.ts'
import { CaptureMaker } from '../src/core/capture-maker.ts'
import type { Flow } from '../src/core/event.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { treePaths } from '../tools/tree.ts'
import { MUTATIONS } from './negatives/mutations.ts'
import { type Captured, flowsOf, packetsOf, packetsOfCapture } from './negatives/packets.ts'
import { WAYS } from './resegmented.ts'

const FIXTURES = treePaths().filter((path) =>
  /^src\/protocols\/[^/]+\/fixtures\/[^/]+\.pcap(ng)?$/.test(path),
)

/** Named by the sizes of single segments and by nothing else: joining takes these away. */
const BY_SIZES: ReadonlySet<string> = new Set(['i2p ntcp2', 'bittorrent peer-encrypted'])

/** TCP flows that have a family, by their ends. */
function familiesOf(flows: readonly Flow[]): Map<string, string> {
  const families = new Map<string, string>()
  for (const { proto, ends, p2p } of flows) {
    if (proto !== 'TCP' || p2p === undefined || BY_SIZES.has(`${p2p.family} ${p2p.part}`)) continue
    families.set(ends.map(endpointText).sort().join(' '), p2p.family)
  }
  return families
}

const [, fromTheMiddle] = MUTATIONS.find(([name]) => name === 'begun after 5 payloads')!
const [, joinedTurns] = WAYS.find(([name]) => name === 'joined until the other side speaks')!

/** Those of `wanted` that have another family, or none. */
function lostOf(wanted: ReadonlyMap<string, string>, packets: readonly Captured[]): string[] {
  const found = familiesOf(flowsOf(packets))
  return [...wanted].flatMap(([ends, family]) =>
    found.get(ends) === family ? [] : `${ends} ${family}`,
  )
}

for (const path of FIXTURES) {
  test(`${basename(path)}: flows keep their families`, async () => {
    const packets = await packetsOf(repositoryFile(path))
    const wanted = familiesOf(flowsOf(packets))
    if (wanted.size === 0) return
    for (const [name, way] of WAYS) assert.deepEqual(lostOf(wanted, way(packets)), [], name)
    const middle = fromTheMiddle(packets)
    const named = familiesOf(flowsOf(middle))
    assert.deepEqual(lostOf(named, joinedTurns(middle)), [], 'from the middle')
  })
}

const [OPENER, OTHER] = [
  { ip: '192.0.2.1', port: 40_000 },
  { ip: '198.51.100.2', port: 5000 },
]
const ACK = 16
/** Ethernet 14, IPv4 20, TCP 20. */
const HEADERS_BYTES = 54

test('segments are joined and cut as each way does it', () => {
  // 400, 400 and 1,000 bytes within 800 microseconds, then an answer of 100 that acknowledges them.
  const maker = new CaptureMaker(0, 400)
  const hello = { sequence: 1, acknowledged: 1, flags: ACK }
  maker.segment(OPENER, OTHER, hello, new Uint8Array(400).fill(1))
  maker.segment(OPENER, OTHER, { ...hello, sequence: 401 }, new Uint8Array(400).fill(2))
  maker.segment(OPENER, OTHER, { ...hello, sequence: 801 }, new Uint8Array(1000).fill(3))
  maker.segment(OTHER, OPENER, { ...hello, acknowledged: 1801 }, new Uint8Array(100).fill(4))
  const sent = packetsOfCapture(maker.finish())
  const content = (all: readonly Captured[]) =>
    all.flatMap(({ bytes }) => [...bytes.subarray(HEADERS_BYTES)])
  const sizes: Record<string, number[]> = {
    'joined within 1 ms': [1800, 100],
    'joined within 20 ms': [1800, 100],
    'joined until the other side speaks': [1800, 100],
    // The first goes at once; the others wait for its acknowledgement, as they fill no segment.
    'joined by Nagle': [400, 1400, 100],
    'joined without a length': [1800, 100],
    'joined and cut at 1448': [1448, 352, 100],
    'joined and cut at 536': [536, 536, 536, 192, 100],
    'joined and cut at 1200': [1200, 600, 100],
  }
  for (const [name, way] of WAYS) {
    const made = way(sent)
    assert.deepEqual(content(made), content(sent), name)
    const wanted = sizes[name]
    if (wanted === undefined) continue
    assert.deepEqual(
      made.map(({ bytes }) => bytes.length - HEADERS_BYTES),
      wanted,
      name,
    )
  }
})
