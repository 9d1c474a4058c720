/**
 * The page over an interface: loopback, with two peers that say a little. Needs the right to
 * capture; everything stays on this machine.
 */
import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FlowRow, HostRow, Listed, Run } from '../src/core/store.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import { describeEach } from '../src/intake/source/describe.ts'
import type { PacketRow, Status } from '../src/services/page/api.ts'
import { Server } from './serving.ts'

const isLinuxRoot = process.platform === 'linux' && process.getuid?.() === 0
const skip = !isLinuxRoot && 'capturing needs root on Linux'
/** What issue and guide promise. */
const VERDICT_SECONDS = 10

/** BEP 5: who asks, and an answer with a node. */
const QUERY = `d1:ad2:id20:${'a'.repeat(20)}9:info_hash20:${'h'.repeat(20)}e1:q9:get_peers1:t2:aa1:y1:qe`
const ANSWER = `d1:rd2:id20:${'b'.repeat(20)}5:nodes26:${'n'.repeat(20)}\xc0\x00\x02\x07\x1a\xe15:token2:tte1:t2:aa1:y1:re`

async function socketOn(address: string): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, address)
  await once(socket, 'listening')
  return socket
}

test('two peers on loopback: verdicts, packets and their evidence; a kill loses a second', {
  skip,
}, async (context) => {
  const folder = temporaryFolder(context)
  const [asker, answerer] = [await socketOn('127.0.0.1'), await socketOn('127.0.0.2')]
  context.after(() => {
    asker.close()
    answerer.close()
  })
  const port = answerer.address().port
  answerer.on('message', (_, from) => {
    answerer.send(Buffer.from(ANSWER, 'latin1'), from.port, from.address)
  })
  const store = join(folder, 'live.duckdb')
  const server = await Server.start(context, [
    ...['serve', '-i', 'lo', '-f', `udp port ${port}`, '--store', store],
    ...['--keep-packets', '20MB', '--listen', '127.0.0.1:0'],
  ])
  const began = Date.now()
  const talking = setInterval(
    () => asker.send(Buffer.from(QUERY, 'latin1'), port, '127.0.0.2'),
    100,
  )
  context.after(() => clearInterval(talking))
  let hosts: Listed<HostRow> = { rows: [], total: 0 }
  while (hosts.total < 2) {
    assert.ok(Date.now() - began < 1000 * VERDICT_SECONDS, 'no verdict within ten seconds')
    await new Promise((resolve) => setTimeout(resolve, 200))
    hosts = await server.json<Listed<HostRow>>('/api/hosts')
  }
  assert.deepEqual(hosts.rows.map(({ host }) => host).sort(), ['127.0.0.1', '127.0.0.2'])
  const status = await server.json<Status>('/api/status')
  assert.equal(status.state, 'watching')
  assert.equal(status.dropped, 0)
  // Flows that go on are told of each ten seconds.
  let flows: Listed<FlowRow> = { rows: [], total: 0 }
  while (flows.total < 1) {
    assert.ok(Date.now() - began < 1000 * (VERDICT_SECONDS + 15), 'no flow after a span')
    await new Promise((resolve) => setTimeout(resolve, 200))
    flows = await server.json<Listed<FlowRow>>('/api/flows')
  }
  assert.equal(flows.total, 1)
  const [flow] = flows.rows
  assert.equal(flow?.open, true)
  const bytes = await server.json<Listed<PacketRow>>(`/api/bytes?limit=2&flow=${flow?.id}`)
  const text = Buffer.from(bytes.rows[0]!.hex, 'hex').toString('latin1')
  assert.ok(text.endsWith(QUERY), text)
  assert.deepEqual(
    bytes.rows.map(({ frame, side }) => [frame, side]),
    [
      [1, 0],
      [2, 1],
    ],
  )
  const evidence = join(folder, 'evidence.pcapng')
  const file = await server.ask(`/api/packets.pcapng?flow=${flow?.id}`)
  writeFileSync(evidence, Buffer.from(await file.arrayBuffer()))
  await describeEach(evidence, ({ packets, packetComments, damage }) => {
    assert.ok(packets >= 2)
    assert.ok(packetComments >= 2)
    assert.equal(damage, undefined)
  })
  await server.stop('SIGKILL')

  const again = await Server.start(context, ['serve', '--store', store, '--listen', '127.0.0.1:0'])
  const [run] = await again.json<Run[]>('/api/runs')
  assert.equal(run?.kind, 'live')
  assert.equal(run?.endedMicros, undefined)
  assert.equal((await again.json<Listed<HostRow>>('/api/hosts')).total, 2)
  assert.equal(
    (await again.json<Listed<PacketRow>>(`/api/bytes?limit=1&flow=${flow?.id}`)).rows.length,
    1,
  )
  assert.equal(await again.stop(), 0)
})
