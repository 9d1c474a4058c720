/**
 * Captures of other projects: every flow that nDPI or nDPId finds is found with its family, every
 * info hash in clear is said, and nothing of what is not P2P is called so.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sharedCapture } from '../src/core/repository.ts'
import { NO_TSHARK, tsharkFields } from '../src/core/tshark-in-test.ts'
import {
  type Checked,
  capturesOf,
  checkCapture,
  DOUBTED_LABELS,
  hashesIn,
  hashesOf,
  labelsOf,
  P2P_IN_OTHER,
} from './third-party-check.ts'

const folder = sharedCapture('third-party')
const skip = folder === undefined ? 'the captures of other projects are not on this machine' : false

/** Folders below p2p/ whose captures hold one of the families, beside whatever else. */
const OF_THE_FAMILIES = /^p2p\/(bittorrent|edonkey|gnutella|gnutella2)\//

async function checkAll(begins: string): Promise<Checked[]> {
  const all: Checked[] = []
  for (const capture of capturesOf(folder!, begins)) all.push(await checkCapture(folder!, capture))
  return all
}

test('what others find in p2p/ is found, and every info hash in clear is said', {
  skip,
}, async () => {
  const all = await checkAll('p2p/')
  assert.deepEqual(
    all.flatMap(({ capture, misses }) => misses.map((miss) => `${capture}: ${miss}`)),
    [],
  )
  const sum = (count: (checked: Checked) => number) =>
    all.reduce((total, checked) => total + count(checked), 0)
  assert.ok(sum(({ labelled }) => labelled) > 1100)
  assert.ok(sum(({ hashes }) => hashes) > 140)
  // Nothing else is excused, and what is excused is few.
  assert.ok(sum(({ doubted }) => doubted.length) <= 7)
  const elsewhere = all.filter(({ capture }) => !OF_THE_FAMILIES.test(capture))
  assert.ok(elsewhere.length > 20)
  assert.deepEqual(
    elsewhere.flatMap(({ unlabelled }) => unlabelled),
    [],
  )
})

test('nothing of other/ is called P2P', { skip }, async () => {
  const all = await checkAll('other/')
  assert.ok(all.length > 400)
  assert.deepEqual(
    all.flatMap(({ capture, unlabelled }) => unlabelled.map((one) => `${capture}: ${one}`)),
    [],
  )
  const listed = new Set(all.map(({ capture }) => capture))
  for (const [capture] of P2P_IN_OTHER) assert.ok(listed.has(capture), capture)
})

test('hashes are found where they stand', () => {
  const hash = 'dcfcdccfb9e670ccc3dd40c78c161f2bea243126'
  const raw = Buffer.from(hash, 'hex').toString('latin1')
  const places = [
    `\u0013BitTorrent protocol${'\0'.repeat(8)}${raw}${'p'.repeat(20)}`,
    `d1:ad2:id20:${'i'.repeat(20)}9:info_hash20:${raw}e1:q9:get_peers1:t2:aa1:y1:qe`,
    `BT-SEARCH * HTTP/1.1\r\nPort: 6881\r\nInfohash: ${hash.toUpperCase()}\r\n\r\n`,
    `GET /announce?port=1&info_hash=${hash.replace(/../g, '%$&')}&left=0 HTTP/1.1\r\n\r\n`,
  ]
  for (const place of places) assert.deepEqual(hashesOf(place), [hash], place)
  assert.deepEqual(hashesOf(`GET / HTTP/1.1\r\nReferer: /x?info_hash=${raw}\r\n\r\n`), [])
})

test('tshark sees no info hash that the search does not', {
  skip: skip || NO_TSHARK,
}, async () => {
  const capture = 'p2p/bittorrent/ndpi-bittorrent.pcap'
  const file = join(folder!, capture)
  const rows = tsharkFields(file, 'bittorrent.info_hash', ['bittorrent.info_hash'])
  const searched = new Set([...(await hashesIn(file)).values()].flatMap((set) => [...set]))
  const theirs = new Set(rows.flatMap(([cell]) => cell!.split(',')))
  assert.ok(theirs.size > 0)
  assert.deepEqual(
    [...theirs].filter((hash) => !searched.has(hash)),
    [],
  )
})

test('every label that is doubted is there', { skip }, () => {
  for (const [capture, end] of DOUBTED_LABELS) {
    const keys = [...labelsOf(folder!, capture).keys()]
    assert.ok(
      keys.some((key) => ` ${key} `.includes(` ${end} `)),
      `${capture} ${end}`,
    )
  }
})

test('labels are read whichever way a tool writes an address', { skip }, () => {
  const labels = labelsOf(folder!, 'p2p/bittorrent/suricata-bittorrent-dht-old.pcap')
  const end = '[2a00:7c80:0:186::2]:6883'
  assert.ok(
    [...labels.keys()].some((key) => key.includes(end)),
    [...labels.keys()].join('\n'),
  )
})
