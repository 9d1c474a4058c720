/** What becomes of events where the store fails: a watch waits for it, the reading of a capture ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Event } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { StoreWriter } from '../../core/store.ts'
import { Board } from './board.ts'
import { Counters } from './counters.ts'
import { Feed } from './feed.ts'

/** A store on a disk that is full as long as somebody says so. */
class FullDisk implements StoreWriter {
  isFull = false
  waiting = 0
  stored = 0

  async begin(): Promise<number> {
    return 1
  }

  consume(): void {
    this.waiting++
  }

  state(): void {}

  async flush(): Promise<void> {
    if (this.isFull) throw new Error('the disk is full')
    this.stored += this.waiting
    this.waiting = 0
  }

  async close(): Promise<void> {}
}

const EVENT: Event = { type: 'limit', limit: 'x', count: 1, micros: 1 }

async function fed(kind: 'live' | 'capture') {
  const [writer, board, told] = [new FullDisk(), new Board('0', () => 0), [] as string[]]
  const feed = new Feed()
  const onTrouble = (words: string) => told.push(words)
  await feed.begin({ writer, board, counters: new Counters(), onTrouble }, kind, 'eth0', () => ({}))
  return { writer, board, told, feed }
}

function consume(feed: Feed, events: number): void {
  for (let i = 0; i < events; i++) feed.consume(EVENT)
}

test('a watch goes on while the disk is full, and all is written once it is not', async () => {
  const { writer, board, told, feed } = await fed('live')
  writer.isFull = true
  for (let round = 0; round < 2; round++) {
    consume(feed, limits.eventsWaitingMax)
    await feed.pause()
  }
  assert.equal(board.status.error, 'the disk is full')
  assert.equal(board.status.state, 'watching')
  assert.equal(writer.stored, 0)
  writer.isFull = false
  consume(feed, 10)
  // By itself, within a second.
  for (let i = 0; i < 30 && writer.stored === 0; i++) await pause(100)
  await feed.stop()
  assert.equal(writer.stored, 2 * limits.eventsWaitingMax + 10)
  assert.equal(board.status.error, undefined)
  assert.deepEqual(told, ['the disk is full', 'the store is written again'])
})

test('the reading of a capture ends with the reason', async () => {
  const { writer, feed } = await fed('capture')
  writer.isFull = true
  consume(feed, limits.eventsWaitingMax)
  await assert.rejects(async () => feed.pause(), /the disk is full/)
  await assert.rejects(async () => feed.pause(), /the disk is full/)
  await feed.stop()
})
