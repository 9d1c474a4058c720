/**
 * Links of FastTrack nodes with their supernodes are encrypted from the thirteenth byte on: they are
 * named where a datagram or a head of a transfer told of the supernode, and nowhere else.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Endpoint } from '../src/core/address.ts'
import { bytesOf, fromHex } from '../src/core/bytes.ts'
import { CaptureMaker } from '../src/core/capture-maker.ts'
import type { Flow } from '../src/core/event.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import { Engine } from '../src/intake/engine.ts'
import { openCaptures } from '../src/intake/source/open.ts'
import { fasttrack } from '../src/protocols/fasttrack/index.ts'
import { protocols } from '../src/protocols/index.ts'

const folder = temporaryFolder()

const cards = protocols.includes(fasttrack) ? protocols : [...protocols, fasttrack]
const NODE: Endpoint = { ip: '192.0.2.1', port: 1214 }
const PONGED: Endpoint = { ip: '198.51.100.2', port: 2345 }
const TOLD: Endpoint = { ip: '203.0.113.5', port: 3531 }
const UPLOADER: Endpoint = { ip: '198.51.100.7', port: 80 }

/** The opener's random number, seed and type; the answer with a name of five letters behind it. */
function link(maker: CaptureMaker, port: number, to: Endpoint): void {
  maker
    .tcp({ ip: NODE.ip, port }, to)
    .send(0, fromHex('91c2a37f 10e0b8d2 77f301aa'))
    .send(1, fromHex('7d9550ba 5211a0c5 a2d04472142e'))
    .send(0, fromHex('c404df849883'))
    .close()
}

/** Name of the flow from each port. */
async function namesIn(maker: CaptureMaker): Promise<Map<number, Flow['p2p']>> {
  const path = join(folder, 'made.pcap')
  writeFileSync(path, maker.finish())
  const names = new Map<number, Flow['p2p']>()
  const engine = new Engine(
    cards,
    (event) => event.type === 'flow' && names.set(event.ends[0].port, event.p2p),
    { flows: true },
  )
  const cursor = await openCaptures([path])
  for (let step = cursor.next(); step !== 'end'; step = cursor.next()) {
    if (step === 'wait') await cursor.fill()
    else engine.packet(cursor)
  }
  engine.end()
  await cursor.close()
  return names
}

test('a link to who answered a ping, to whom a head names, and to a stranger', async () => {
  const maker = new CaptureMaker()
  maker.udp(NODE, PONGED, fromHex('27 00000029 80 4b615a614100'))
  maker.udp(PONGED, NODE, fromHex('28 000000a9 000f59d94efa 4b615a614100'))
  link(maker, 50_001, PONGED)
  link(maker, 50_002, { ip: '198.51.100.9', port: PONGED.port })
  // What is told later explains it as well.
  link(maker, 50_003, TOLD)
  const asked = `GET /.hash=${'8e'.repeat(20)} HTTP/1.1\r\nX-Kazaa-SupernodeIP: 203.0.113.5:3531\r\n\r\n`
  maker.tcp({ ip: NODE.ip, port: 50_004 }, UPLOADER).send(0, bytesOf(asked)).close()
  const names = await namesIn(maker)
  for (const port of [50_001, 50_003]) {
    const name = names.get(port)
    assert.equal(name?.family, 'fasttrack', String(port))
    assert.equal(name.part, 'supernode')
    assert.equal(name.sureness, 'likely')
  }
  assert.equal(names.get(50_003)?.taughtBy?.via, 'x-kazaa-supernodeip')
  assert.equal(names.get(50_002), undefined)
  assert.equal(names.get(50_004)?.part, 'transfer')
})

test('other conversations with a known supernode are not named', async () => {
  const maker = new CaptureMaker()
  maker.udp(NODE, PONGED, fromHex('27 00000029 80 4b615a614100'))
  maker
    .tcp({ ip: NODE.ip, port: 50_005 }, PONGED)
    .send(0, bytesOf('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    .send(1, bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    .close()
  maker
    .tcp({ ip: NODE.ip, port: 50_006 }, PONGED)
    .send(0, fromHex('91c2a37f 10e0b8d2 77f301aa 00'))
    .send(1, fromHex('7d9550ba 5211a0c5'))
    .close()
  const names = await namesIn(maker)
  assert.equal(names.get(50_005), undefined)
  assert.equal(names.get(50_006), undefined)
})
