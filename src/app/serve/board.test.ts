/** What is told of reading and watching adds up, also where both go on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board } from './board.ts'

const PROGRESS = {
  bytesRead: 500,
  bytesTotal: 1000,
  packets: 40,
  wireBytes: 4000,
  flows: 2,
  micros: 7,
}

test('one capture after the other: counts go on, shares and errors are of the last', () => {
  let now = 0
  const board = new Board('1.2.3', () => now)
  assert.deepEqual(board.status, {
    ...{ state: 'done', source: '', version: '1.2.3', revision: 0 },
    ...{ packets: 0, bytes: 0, packetsPerSecond: 0, dropped: 0 },
  })
  board.begin('capture', 'a.pcap')
  now = 2000
  board.progress(PROGRESS)
  assert.deepEqual(board.status, {
    ...{ state: 'reading', source: 'a.pcap', version: '1.2.3', revision: 0 },
    ...{ packets: 40, bytes: 4000, packetsPerSecond: 20, dropped: 0 },
    ...{ bytesRead: 500, bytesTotal: 1000, micros: 7 },
  })
  board.end('capture', 'done', 'damaged at byte 3')
  assert.equal(board.status.state, 'done')
  assert.equal(board.status.error, 'damaged at byte 3')
  assert.equal(board.status.packetsPerSecond, 0)
  assert.equal(board.status.revision, 1)
  board.begin('capture', 'b.pcap')
  board.progress({ ...PROGRESS, packets: 2 })
  assert.equal(board.status.packets, 42)
  assert.equal(board.status.error, undefined)
  board.end('capture', 'failed', 'gone')
  assert.deepEqual([board.status.state, board.status.source], ['failed', 'b.pcap'])
})

test('a capture that is read while an interface is watched', () => {
  const board = new Board('1', () => 0)
  const watched = { packets: 100, bytes: 900, packetsPerSecond: 5, dropped: 3, ringUse: 0.5 }
  board.begin('live', 'eth0')
  board.watched(watched)
  board.begin('capture', 'a.pcap')
  board.progress(PROGRESS)
  assert.deepEqual([board.status.state, board.status.source], ['reading', 'a.pcap'])
  assert.deepEqual([board.status.packets, board.status.dropped], [140, 3])
  board.end('capture', 'done')
  assert.deepEqual([board.status.state, board.status.source], ['watching', 'eth0'])
  assert.equal(board.status.packets, 140)
  board.end('live', 'done')
  assert.deepEqual(
    [board.status.state, board.status.packets, board.status.dropped],
    ['done', 140, 3],
  )
  assert.equal(board.status.ringUse, undefined)
})
