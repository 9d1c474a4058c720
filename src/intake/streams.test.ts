/** What all TCP flows hold together is bounded: beyond it a flow gives its bytes up, and it is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SegmentView, StreamTable, type StreamUser } from './streams.ts'

const moment = { micros: 0, frame: 1 }

class Recorder implements StreamUser {
  readonly got: string[] = []
  readonly limits: string[] = []
  unread = 0
  data(slot: number, side: 0 | 1, bytes: Uint8Array): void {
    this.got.push(`${slot}/${side} ${bytes.length}`)
  }
  gap(slot: number, side: 0 | 1, missing: number): void {
    this.got.push(`${slot}/${side} gap ${missing}`)
  }
  pass(): boolean {
    return false
  }
  unreadBytes(): number {
    return this.unread
  }
  giveUpUnread(slot: number): void {
    this.got.push(`${slot} unread given up`)
    this.unread = 0
  }
  limit(name: string): void {
    this.limits.push(name)
  }
}

function segment(size: number): SegmentView {
  return {
    sequence: 0,
    acknowledgement: 0,
    payload: new Uint8Array(size),
    payloadAt: 0,
    payloadSize: size,
    payloadWireSize: size,
  }
}

test('bytes held behind holes by many flows are given up at the common bound', () => {
  const user = new Recorder()
  const table = new StreamTable(user, 2_500)
  for (const slot of [1, 2, 3]) {
    table.open(slot, [100, 500])
    // The byte after the SYN is 101: everything from 201 on waits for a hole of 100 bytes.
    table.segment(slot, 0, 201, segment(1_000), moment)
  }
  assert.deepEqual(user.limits, ['heldBytesMax'])
  assert.deepEqual(user.got, ['3/0 gap 100', '3/0 1000', '3 unread given up'])
  assert.deepEqual(table.flush(1, moment), [100, 0])
  assert.equal(user.got.at(-1), '1/0 1000')
})

test('what a reader could not use counts as held, and closing a flow frees it', () => {
  const user = new Recorder()
  const table = new StreamTable(user, 1_000)
  table.open(1, [0, 0])
  user.unread = 900
  table.segment(1, 0, 1, segment(900), moment)
  assert.deepEqual(user.limits, [])
  table.close(1)
  assert.equal(table.has(1), false)
  table.open(2, [0, 0])
  table.segment(2, 0, 1, segment(900), moment)
  assert.deepEqual(user.limits, [], 'the closed flow holds nothing any more')
  user.unread = 1_800
  table.segment(2, 0, 901, segment(900), moment)
  assert.deepEqual(user.limits, ['heldBytesMax'])
  assert.equal(user.got.at(-1), '2 unread given up')
})
