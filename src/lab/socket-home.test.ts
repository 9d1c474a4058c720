/** The same peers as in memory, on loopback: lines, datagrams, a refusal. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bytesOf } from '../core/bytes.ts'
import { Shouter } from './peers-in-test.ts'
import { SocketHome } from './socket-home.ts'

const LOOPBACK = '127.0.0.1'

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What was heard, without the times. */
function heard(peer: Shouter): string[] {
  return peer.heard.map((each) => each.replace(/^\S+ /, ''))
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000 && !holds(); tries++) await sleep(10)
  assert.ok(holds(), 'not within 20 seconds')
}

test('Peers on sockets hear what peers in memory hear', async () => {
  const [a, b] = [new Shouter(0), new Shouter(await freePort())]
  const homes = [new SocketHome(a, LOOPBACK, () => {}), new SocketHome(b, LOOPBACK, () => {})]
  try {
    for (const home of homes) await home.start()
    a.order({ do: 'join', at: { ip: LOOPBACK, port: b.port } })
    b.site.sendTo(b.port, { ip: LOOPBACK, port: b.port }, bytesOf('self'))
    a.order({ do: 'join', at: { ip: LOOPBACK, port: await freePort() } })
    await until(() => a.heard.length >= 4 && b.heard.length >= 5)
    assert.deepEqual(heard(a).sort(), ['line HELLO', 'line YOU', 'opened to 127.0.0.1', 'refused'])
    assert.deepEqual(heard(b).sort(), [
      `datagram SELF from 127.0.0.1:${b.port}`,
      `datagram self from 127.0.0.1:${b.port}`,
      'line hello',
      'line you',
      'opened by 127.0.0.1',
    ])
  } finally {
    for (const home of homes) await home.stop()
  }
})

test('A port that is taken is an error of the start', async () => {
  const port = await freePort()
  const first = new SocketHome(new Shouter(port), LOOPBACK, () => {})
  const second = new SocketHome(new Shouter(port), LOOPBACK, () => {})
  await first.start()
  try {
    await assert.rejects(second.start(), { code: 'EADDRINUSE' })
  } finally {
    await first.stop()
    await second.stop()
  }
})
