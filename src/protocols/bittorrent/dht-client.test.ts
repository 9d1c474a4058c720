/** The version key of DHT messages names the programs that sent it in our captures, and no others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../core/bytes.ts'
import { dhtClientOf } from './dht-client.ts'

test('programs whose version is known from the captures’ own records', () => {
  // biome-ignore format: a table
  const table = [
    ['4c540208', 'libtorrent (Rasterbar)', '2.0.8'],     // bt-dht-magnet, installed as 2.0.8
    ['6c740d80', 'libTorrent (rakshasa)', '0.13.8'],     // bench/swarm, rTorrent 0.9.8
    ['41320003', 'aria2', undefined],                    // bt-dht-magnet: the same in every aria2
    ['4c540126', 'libtorrent (Rasterbar)', '1.2.6'],     // the example in Suricata's documentation
    ['4c54000f', 'libtorrent (Rasterbar)', '0.15'],      // before 1.2 the last byte was the minor version
    ['5554a52b', 'µTorrent', 'build 42283'],
    ['4a430000', 'jech/dht', undefined],
    ['58580102', 'XX', undefined],                       // letters of nobody: shown as they are
  ] as const
  for (const [bytes, software, version] of table) {
    const client = dhtClientOf(fromHex(bytes))
    assert.deepEqual([client?.software, client?.version], [software, version], bytes)
  }
})

test('what does not begin with two letters names nobody', () => {
  for (const bytes of ['', '4c', '00010203', '4c000102', '20200102']) {
    assert.equal(dhtClientOf(fromHex(bytes)), undefined, bytes)
  }
  // Longer versions are a habit of nobody; the letters still tell.
  assert.deepEqual(dhtClientOf(fromHex('4c5402080000')), { software: 'libtorrent (Rasterbar)' })
})
