/** Places of a capture: few, the nearest before a frame, and none of a file that has changed. */
import assert from 'node:assert/strict'
import { appendFileSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { repositoryFile } from '../../core/repository.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { Run } from '../pipeline.ts'
import { flowsIn, readerOf } from '../serve/stored-in-test.ts'
import { CaptureIndex } from './capture-index.ts'
import { StoredPackets } from './packets.ts'

function copied(context: TestContext): string {
  const folder = temporaryFolder(context)
  const path = join(folder, 'office.pcap')
  copyFileSync(repositoryFile('samples/office.pcap'), path)
  return path
}

/** An index with a place after every so many packets. */
async function indexed(path: string, every: number, placesMax?: number): Promise<CaptureIndex> {
  const index = new CaptureIndex(placesMax)
  const onStep = (cursor: Parameters<CaptureIndex['note']>[0]) => index.note(cursor)
  const run = await Run.open({ files: [path], stepPackets: every, onStep }, () => undefined)
  while (await run.advance()) {
    // It is read for its places.
  }
  await run.finish()
  index.disorderMicros = run.disorderMicros
  return index
}

test('the last place before a frame is told, and never one behind it', async (context) => {
  const path = copied(context)
  const index = await indexed(path, 10)
  for (const frame of [12, 20, 21, 500]) {
    const { frame: before } = index.before(path, frame)!
    assert.ok(before < frame && frame - before <= 10, `${before} before ${frame}`)
  }
  assert.equal(index.before(path, 1), undefined)
  assert.equal(index.before(repositoryFile('samples/office.pcap'), 500), undefined)
  assert.ok(index.before(path, 1e9)!.frame >= 500)
  appendFileSync(path, 'x')
  assert.equal(index.before(path, 500), undefined)
})

test('of too many places every second is forgotten', async (context) => {
  const path = copied(context)
  const index = await indexed(path, 1, 16)
  assert.ok(index.size <= 16 && index.size >= 8, String(index.size))
  const last = index.before(path, 1e9)!.frame
  for (let frame = 2; frame <= last; frame += 50) {
    const before = index.before(path, frame)?.frame ?? 0
    // A step that ends for want of bytes is a place too.
    assert.ok(frame - before <= last / 4, `${before} before ${frame}`)
  }
})

test('packets of every flow are the same ones with an index as without', async (context) => {
  const path = copied(context)
  const flows = await flowsIn(path)
  const plain = new StoredPackets(readerOf(flows, 'capture'), 'x')
  const quick = new StoredPackets(readerOf(flows, 'capture'), 'x')
  quick.remember(1, [path], await indexed(path, 7))
  for (const { id } of flows.filter((_, i) => i % 5 === 0)) {
    assert.deepEqual(await quick.rows(id, { limit: 1000 }), await plain.rows(id, { limit: 1000 }))
  }
})
