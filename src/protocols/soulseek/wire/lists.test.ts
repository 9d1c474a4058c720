/** Lists of files are read and written; the deflated ones of the tests are packets of lab.pcap. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../../core/bytes.ts'
import { inflate } from '../../../core/inflate.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { rowsIn, textIn } from './fields.ts'
import { folderWire, searchResponseWire, shareListWire } from './lists.ts'

const SHARES = fromHex(
  '785e63646060600562dfd2e2cc6426208351124838169564169728e82a04a726e7e7a52804e7e7a5eba5e5242633' +
    '1482d42000a338b26ab7cc22200d569c5b609c10cd8ca2160400a2a21409',
)
test('a share list tells folders, names and sizes', () => {
  const bytes = new Uint8Array(inflate(SHARES)!)
  checkWire(shareListWire, [bytes])
  const outcome = shareListWire.parse(bytes, 0)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind !== 'message') return
  const [folder] = rowsIn(outcome.message, 'directories')
  assert.equal(textIn(folder!, 'name'), 'Music')
  assert.deepEqual(
    rowsIn(folder!, 'files').map((file) => [textIn(file, 'name'), file.size]),
    [
      ['Artist - Second Song.flac', 160_000],
      ['Artist - First Song.mp3', 220_000],
    ],
  )
})

test('damaged bytes are not inflated', () => {
  assert.equal(inflate(SHARES.subarray(0, 40)), undefined)
  const bad = SHARES.slice()
  bad[20]! ^= 0xff
  assert.equal(inflate(bad), undefined)
})

test('search responses and folders', () => {
  const file = '01 05000000 612e6d7033 4000000000000000 00000000 01000000 01000000 20010000'
  checkWire(searchResponseWire, [
    fromHex(`03000000 626f62 07000000 01000000 ${file} 01 00000000 00000000 00000000 00000000`),
    fromHex('03000000 626f62 07000000 00000000'),
  ])
  checkWire(folderWire, [fromHex(`07000000 01000000 61 01000000 01000000 61 01000000 ${file}`)])
  const lying = shareListWire.parse(fromHex('ffffffff 00000000'), 0)
  assert.equal(lying.kind, 'malformed')
})
