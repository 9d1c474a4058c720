/** TLS between two clients is named by the hub's word that it is, and by nothing less. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesOf } from '../src/core/bytes.ts'
import { CaptureMaker } from '../src/core/capture-maker.ts'
import { flowsOf } from '../src/core/captured-flows.ts'
import type { Flow } from '../src/core/event.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import { Engine } from '../src/intake/engine.ts'
import { openCaptures } from '../src/intake/source/open.ts'
import { directconnect } from '../src/protocols/directconnect/index.ts'

const folder = temporaryFolder()

const CLIENT = '192.0.2.1'

async function partsOf(connectToMe: string): Promise<(string | undefined)[]> {
  const fixture = repositoryFile('src/protocols/directconnect/fixtures/adcs-peer.pcap')
  const [real] = flowsOf(readFileSync(fixture))
  const maker = new CaptureMaker()
  maker
    .tcp({ ip: CLIENT, port: 40_000 }, { ip: '198.51.100.2', port: 411 })
    .send(1, bytesOf('$Lock EXTENDEDPROTOCOLabc Pk=YnHub|'))
    .send(0, bytesOf('$ValidateNick joe|'))
    .send(1, bytesOf(connectToMe))
  for (const port of [5000, 443]) {
    const link = maker.tcp({ ip: CLIENT, port: 40_000 + port }, { ip: '203.0.113.7', port })
    for (const { from, bytes } of real!.pieces) link.send(from, bytes)
    link.close()
  }
  const path = join(folder, 'made.pcap')
  writeFileSync(path, maker.finish())
  const flows: Flow[] = []
  const engine = new Engine(
    [directconnect],
    (event) => event.type === 'flow' && flows.push(event),
    {
      flows: true,
    },
  )
  const cursor = await openCaptures([path])
  for (let step = cursor.next(); step !== 'end'; step = cursor.next()) {
    if (step === 'wait') await cursor.fill()
    else engine.packet(cursor)
  }
  engine.end()
  await cursor.close()
  flows.sort((a, b) => a.ends[1].port - b.ends[1].port)
  return flows.map(({ p2p }) => p2p && `${p2p.part} ${p2p.sureness}`)
}

test('an endpoint with S is TLS; the same hello to another port is nothing', async () => {
  const parts = await partsOf('$ConnectToMe joe 203.0.113.7:5000S|')
  assert.deepEqual(parts, ['hub certain', undefined, 'tls likely'])
})

test('an endpoint without S speaks in clear: TLS there is nothing of ours', async () => {
  const parts = await partsOf('$ConnectToMe joe 203.0.113.7:5000|')
  assert.deepEqual(parts, ['hub certain', undefined, undefined])
})
