/** Vagaa has no wire of its own: it is seen as a client of BitTorrent and of eDonkey2000. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../src/core/bytes.ts'
import { checkSession, factsOf } from '../src/core/session-check.ts'
import { bittorrent } from '../src/protocols/bittorrent/index.ts'
import { edonkey } from '../src/protocols/edonkey/index.ts'
import { vagaa } from '../src/protocols/vagaa/index.ts'

test('in BitTorrent its peer id names it', () => {
  const handshake = concat(
    bytesOf('\x13BitTorrent protocol'),
    new Uint8Array(8),
    new Uint8Array(20).fill(0xa0),
    bytesOf('-VG2600-abcdefghijkl'),
  )
  const kept = checkSession(bittorrent, factsOf('tcp', 'peer-tcp'), [[0, handshake]])
  assert.deepEqual(
    kept.of('client').map(({ software }) => software),
    ['Vagaa'],
  )
})

test('in eDonkey2000 its nick and its mod are told', () => {
  const text = (name: string, value: string) =>
    `02 0100 ${name} ${hex(Uint8Array.of(value.length, 0))} ${hex(bytesOf(value))}`
  const user = '1dabf8ff7f0e8af872ae5d1a99676f11'
  const tags = `02000000 ${text('01', 'VAGAA user')} ${text('55', 'VAGAA 2.6')}`
  const hello = fromHex(`01 10 ${user} c0000201 3612 ${tags} 00000000 0000`)
  const frame = concat(fromHex('e3'), Uint8Array.of(hello.length, 0, 0, 0), hello)
  const kept = checkSession(edonkey, factsOf('tcp', 'peer'), [[0, frame]])
  assert.deepEqual(
    kept.of('client').map(({ software, version, nick }) => [software, version, nick]),
    [['Vagaa', '2.6', 'VAGAA user']],
  )
  assert.match(JSON.stringify(kept.of('message')[0]!.fields), /"mod":"VAGAA 2\.6"/)
})

test('no flow is ever called Vagaa', () => {
  assert.equal(vagaa.carriers.length, 0)
})
