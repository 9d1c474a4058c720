/** A thousand pages watch at once; who does not read is let go; nothing is sent twice. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Status } from './api.ts'
import { partsInTest, STATUS } from './parts-in-test.ts'
import { servePage } from './server.ts'
import { Watchers } from './watchers.ts'

const WATCHERS = 1000
/** What a watcher may cost at most: its sockets' buffers and a small queue. */
const WATCHER_BYTES_MAX = 100_000

test('a thousand watch: all are told, and memory stays small', async (context) => {
  let status: Status = STATUS
  const server = await servePage(partsInTest({ status: () => status }), {
    host: '127.0.0.1',
    port: 0,
  })
  context.after(() => server.close())
  const before = process.memoryUsage().rss
  const watching = Array.from({ length: WATCHERS }, () => watch(server.address.port))
  const watchers = await Promise.all(watching)
  context.after(() => {
    for (const { socket } of watchers) socket.destroy()
  })
  await Promise.all(watchers.map(({ until }) => until(/"revision":1\b/)))
  assert.equal(server.watchers, WATCHERS)
  status = { ...STATUS, revision: 2 }
  await Promise.all(
    watchers.map(({ until }) => until(/"revision":2\b[\s\S]*event: changed\nid: 2/)),
  )
  const grown = process.memoryUsage().rss - before
  assert.ok(grown < WATCHERS * WATCHER_BYTES_MAX, `${grown} bytes for ${WATCHERS} watchers`)
  // Whoever goes is forgotten.
  for (const { socket } of watchers.slice(10)) socket.destroy()
  for (let i = 0; server.watchers > 10 && i < 100; i++) await new Promise(setImmediate)
  assert.equal(server.watchers, 10)
})

async function watch(port: number): Promise<{
  socket: Socket
  until: (pattern: RegExp) => Promise<void>
}> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let text = ''
  let look = () => {}
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more
    look()
  })
  socket.on('error', () => undefined)
  socket.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      look = () => {
        if (pattern.test(text)) resolve()
      }
      look()
    })
  return { socket, until }
}

function ticking(context: TestContext): () => void {
  context.mock.timers.enable({ apis: ['setInterval'] })
  return () => context.mock.timers.tick(1000)
}

test('what did not change is not said again', async (context) => {
  const tick = ticking(context)
  let status: Status = STATUS
  const watchers = new Watchers(() => status)
  const reader = watchers.open(undefined).getReader()
  const next = async () => new TextDecoder().decode((await reader.read()).value)
  assert.match(await next(), /^retry: \d+\n\nevent: status\nid: 1\ndata: \{/)
  tick()
  status = { ...STATUS, packets: 7000 }
  tick()
  const told = await next()
  assert.match(told, /"packets":7000/)
  assert.doesNotMatch(told, /changed/)
  status = { ...status, revision: 2 }
  tick()
  assert.match(await next(), /event: changed\nid: 2\ndata: \{\}\n\n$/)
  await reader.cancel()
  assert.equal(watchers.count, 0)
})

test('a page that comes back and missed something is told to ask again', async () => {
  const watchers = new Watchers(() => STATUS)
  const first = async (lastId: string) => {
    const reader = watchers.open(lastId).getReader()
    const { value } = await reader.read()
    await reader.cancel()
    return new TextDecoder().decode(value)
  }
  assert.match(await first('0'), /event: changed/)
  assert.doesNotMatch(await first('1'), /event: changed/)
})

test('a watcher that does not read is let go, the others are not', async (context) => {
  const tick = ticking(context)
  let revision = 1
  const watchers = new Watchers(() => ({ ...STATUS, revision }))
  const idle = watchers.open(undefined)
  const reader = watchers.open(undefined).getReader()
  for (let i = 0; i < 200; i++) {
    revision++
    tick()
    await reader.read()
  }
  assert.equal(watchers.count, 1)
  await assert.rejects(async () => {
    const late = idle.getReader()
    for (;;) await late.read()
  }, /does not read/)
  watchers.close()
})
