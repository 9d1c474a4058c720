/** What could not be read of what came up is told as lost, on the page and to monitoring. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunState, StoreWriter } from '../../core/store.ts'
import { Board } from '../serve/board.ts'
import { Counters } from '../serve/counters.ts'
import { WallFeed } from './wall-feed.ts'

test('packets that were lost stand on the board and in the run', async () => {
  const states: RunState[] = []
  const writer: StoreWriter = {
    begin: async () => 1,
    consume: () => undefined,
    state: (_, state) => {
      states.push(state)
    },
    flush: async () => undefined,
    close: async () => undefined,
  }
  const board = new Board('1', () => 0)
  const feed = new WallFeed('queue 0', () => undefined)
  await feed.begin({ writer, board, counters: new Counters() })
  feed.show({ packets: 40, bytes: 4000, dropped: 3 })
  assert.deepEqual([board.status.packets, board.status.dropped], [40, 3])
  await feed.stop()
  assert.deepEqual([states.at(-1)!.packets, states.at(-1)!.dropped], [40, 3])
})
