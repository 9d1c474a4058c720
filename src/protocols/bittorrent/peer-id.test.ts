/** Peer ids seen in the wild name their programs; chance and other habits name none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, fromHex } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import { clientOfPeerId } from './peer-id.ts'

// biome-ignore format: a table
const KNOWN: readonly (readonly [string, string, string | undefined])[] = [
  ['-qB4520-bvocNQl6zQLG', 'qBittorrent', '4.5.2'],                  // captures: bt-v2-hybrid
  ['-LT2080-ZUL1QQytZn~!', 'libtorrent (Rasterbar)', '2.0.8'],       // captures: bt-mse-plainselect-utp
  ['-lt0D80-abcdefghijkl', 'libTorrent (rakshasa)', '0.13.8'],       // rtorrent 0.9.8
  ['-TR3000-abcdefghijkl', 'Transmission', '3.00'],                  // transmission-daemon 3.00
  ['-TR294Z-abcdefghijkl', 'Transmission', '2.94+'],
  ['-TR4060-abcdefghijkl', 'Transmission', '4.0.6'],
  ['-TR0072-abcdefghijkl', 'Transmission', '0.72'],
  ['A2-1-36-0-abcdefghij', 'aria2', '1.36.0'],                       // aria2 1.36
  ['-DE203s-abcdefghijkl', 'Deluge', '2.0.3s'],                      // deluged 2.0.3
  ['-DE13F0-abcdefghijkl', 'Deluge', '1.3.15'],
  ['-AZ2060-abcdefghijkl', 'Azureus', '2.0.6'],                      // BEP 20's own example
  ['-AZ5761-abcdefghijkl', 'Azureus', '5.7.6.1'],
  ['-UT355W-abcdefghijkl', 'µTorrent', '3.5.5'],
  ['-BC0171-abcdefghijkl', 'BitComet', '1.71'],
  ['-KT31R1-abcdefghijkl', 'KTorrent', '3.1.27.1'],
  ['-WW0208-abcdefghijkl', 'WebTorrent', '2.8'],
  ['-XL0012-abcdefghijkl', 'Xunlei', '0.0.1.2'],
  ['-ML2.7.2-kgjjfkdabcd', 'MLDonkey', '2.7.2'],
  ['-Qz1234-abcdefghijkl', 'unknown (Qz)', '1.2.3.4'],
  ['S58B-----abcdefghijk', "Shadow's client", '5.8.11'],             // BEP 20's own example
  ['T03I----abcdefghijkl', 'BitTornado', '0.3.18'],
  ['M4-3-6--abcdefghijkl', 'BitTorrent (mainline)', '4.3.6'],        // BEP 20's own example
  ['M7-10-3-abcdefghijkl', 'BitTorrent (mainline)', '7.10.3'],
  ['OP7685abcdefghijklmn', 'Opera', '7685'],
  ['XBT054d-abcdefghijkl', 'XBT Client', '0.5.4'],
  ['TIX0289-abcdefghijkl', 'Tixati', '2.89'],
  ['Mbrst1-1-3-abcdefghi', 'burst!', '1.1.3'],
]

for (const [id, software, version] of KNOWN) {
  test(`${id} is ${software}`, () => {
    assert.deepEqual(clientOfPeerId(bytesOf(id)), { software, version })
  })
}

test('exbc with two version bytes is BitComet, with LORD after them BitLord', () => {
  assert.deepEqual(clientOfPeerId(fromHex('65786263 003b 4c4f5244 00000000000000000000')), {
    software: 'BitLord',
    version: '0.59',
  })
  assert.deepEqual(clientOfPeerId(fromHex('65786263 003b 01020304 00000000000000000000')), {
    software: 'BitComet',
    version: '0.59',
  })
})

test('chance names nobody: 20,000 random ids give at most a handful of names', () => {
  const random = randomFrom(11)
  let named = 0
  for (let i = 0; i < 20_000; i++) {
    const id = Uint8Array.from({ length: 20 }, () => random())
    if (clientOfPeerId(id) !== undefined) named++
  }
  assert.ok(named <= 4, `${named} named`)
})

test('too few bytes name nobody', () => {
  assert.equal(clientOfPeerId(bytesOf('-qB45')), undefined)
})
