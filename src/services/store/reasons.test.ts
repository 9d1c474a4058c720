/** A reason leads to the flow that its frame is of; one whose frame said nothing stays without. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENTS } from './events-in-test.ts'
import { openStore } from './store.ts'

test('frames of reasons are found in what was said in them', async () => {
  const store = await openStore(':memory:')
  try {
    // The first run is another's, with the same frames of another capture.
    await store.writer.begin({ source: 'b.pcap', kind: 'capture', startedMicros: 1 })
    const run = await store.writer.begin({ source: 'a.pcap', kind: 'capture', startedMicros: 2 })
    for (const event of EVENTS) store.writer.consume(run, event)
    await store.writer.flush()
    const host = await store.reader.host('10.0.0.1', { steps: 10 })
    const flows = host!.allReasons.map(({ frame, flow }) => [frame, flow])
    // Flow 1 begins in frame 10, its messages stand in 11; nothing was said in the frames after it.
    assert.deepEqual(flows, [
      [10, '2.1'],
      [11, '2.1'],
      [12, undefined],
      [13, undefined],
    ])
    assert.deepEqual(
      host!.reasons.map(({ flow }) => flow),
      flows.slice(0, 3).map(([, flow]) => flow),
    )
  } finally {
    await store.close()
  }
})
