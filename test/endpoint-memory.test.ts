/** A flow that says nothing readable is named by the message that taught its endpoint, and by nothing less. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Endpoint } from '../src/core/address.ts'
import { CaptureMaker } from '../src/core/capture-maker.ts'
import type { Flow } from '../src/core/event.ts'
import { limits } from '../src/core/limits.ts'
import type { Protocol } from '../src/core/protocol.ts'
import { randomFrom } from '../src/core/random.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import { Engine } from '../src/intake/engine.ts'
import { openCaptures } from '../src/intake/source/open.ts'
import { talk } from '../src/protocols/template/fixtures/make-talk.ts'
import { template } from '../src/protocols/template/index.ts'

const folder = temporaryFolder()

/** The template with an encrypted form: whatever nobody can read could be it. */
const card: Protocol = {
  ...template,
  fits: () => [{ part: 'peer-encrypted', taughtAs: ['peer'], reason: 'bytes of chance' }],
}

/** Named in the talk's `tell`. */
const TAUGHT: Endpoint = { ip: '203.0.113.9', port: 7331 }
const TELLER: Endpoint = { ip: '198.51.100.2', port: 7331 }
const ASKER: Endpoint = { ip: '192.0.2.1', port: 40_000 }

function sayTalk(maker: CaptureMaker): void {
  const connection = maker.tcp(ASKER, TELLER)
  for (const [side, bytes] of talk) connection.send(side, bytes)
  connection.close()
}

function sayChance(maker: CaptureMaker, from: Endpoint, to: Endpoint): void {
  const random = randomFrom(from.port)
  const noise = () => Uint8Array.from({ length: 300 }, () => 128 + (random() % 128))
  maker.tcp(from, to).send(0, noise()).send(1, noise()).close()
}

async function flowsOf(maker: CaptureMaker): Promise<Flow[]> {
  const path = join(folder, 'made.pcap')
  writeFileSync(path, maker.finish())
  const flows: Flow[] = []
  const engine = new Engine([card], (event) => event.type === 'flow' && flows.push(event), {
    flows: true,
  })
  const cursor = await openCaptures([path])
  for (let step = cursor.next(); step !== 'end'; step = cursor.next()) {
    if (step === 'wait') await cursor.fill()
    else engine.packet(cursor)
  }
  engine.end()
  await cursor.close()
  return flows
}

/** What the flow from `port` is called. */
async function called(maker: CaptureMaker, port: number) {
  const flows = await flowsOf(maker)
  return flows.find(({ ends }) => ends[0].port === port)?.p2p
}

test('the claim that came before names it, with its frame and its channel', async () => {
  const maker = new CaptureMaker()
  sayTalk(maker)
  sayChance(maker, { ip: '192.0.2.77', port: 50_001 }, TAUGHT)
  const p2p = await called(maker, 50_001)
  assert.equal(p2p?.family, 'template')
  assert.equal(p2p.part, 'peer-encrypted')
  assert.equal(p2p.sureness, 'likely')
  // The fourth message with payload: SYNs are frames 1 to 3, then each message and its ACK.
  assert.equal(p2p.taughtBy?.frame, 10)
  assert.equal(p2p.taughtBy.via, 'tell')
  assert.deepEqual([p2p.taughtBy.by, p2p.taughtBy.endpoint], [TELLER, TAUGHT])
})

test('a claim that comes later explains it as well', async () => {
  const maker = new CaptureMaker()
  sayChance(maker, { ip: '192.0.2.77', port: 50_002 }, TAUGHT)
  sayTalk(maker)
  assert.equal((await called(maker, 50_002))?.taughtBy?.via, 'tell')
})

test('a flow that was certain teaches its listening end', async () => {
  const maker = new CaptureMaker()
  sayTalk(maker)
  sayChance(maker, { ip: '192.0.2.77', port: 50_003 }, TELLER)
  assert.equal((await called(maker, 50_003))?.part, 'peer-encrypted')
})

test('neither the host nor the port alone is enough', async () => {
  const maker = new CaptureMaker()
  sayTalk(maker)
  sayChance(maker, { ip: '192.0.2.77', port: 50_004 }, { ip: TAUGHT.ip, port: 7332 })
  sayChance(maker, { ip: '192.0.2.77', port: 50_005 }, { ip: '203.0.113.10', port: TAUGHT.port })
  // The same two hosts as a certain flow, over other ports.
  sayChance(maker, { ip: ASKER.ip, port: 50_006 }, { ip: TELLER.ip, port: 9999 })
  const flows = await flowsOf(maker)
  assert.deepEqual(
    flows.filter(({ p2p }) => p2p !== undefined).map(({ ends }) => ends[0].port),
    [ASKER.port],
  )
})

test('what was taught is forgotten', async () => {
  const maker = new CaptureMaker()
  sayTalk(maker)
  maker.wait((limits.endpointSeconds + 60) * 1_000_000)
  sayChance(maker, { ip: '192.0.2.77', port: 50_007 }, TAUGHT)
  assert.equal(await called(maker, 50_007), undefined)
})

test('a connection that never got an answer is explained by its destination', async () => {
  const maker = new CaptureMaker()
  sayTalk(maker)
  const syn = { sequence: 7, acknowledged: 0, flags: 2 }
  maker.segment({ ip: '192.0.2.77', port: 50_008 }, TAUGHT, syn, new Uint8Array(0))
  assert.equal((await called(maker, 50_008))?.taughtBy?.frame, 10)
})
