/** The page of a wall shows what the wall does at the moment: who is blocked, held, and refused what. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { HostRow, Listed } from '../../src/core/store.ts'
import type { WallPreview, WallState } from '../../src/services/page/api.ts'
import { openStore } from '../../src/services/store/store.ts'
import { cannotRun, type Host } from './network.ts'
import { WALL_PROGRAMS, WallSite } from './wall-site.ts'

const skip = cannotRun(WALL_PROGRAMS)
const PORT = 6881
const PAGE = '127.0.0.1:8686'

const SERVER = `require('node:net').createServer((socket) => socket.on('error', () => 0)).listen(${PORT})`

/** BEP 3: what a peer says first. */
const CALLER = (ip: string) => `
  const hello = Buffer.concat([Buffer.from('\\x13BitTorrent protocol'), Buffer.alloc(8), Buffer.alloc(40, 7)])
  const socket = require('node:net').connect(${PORT}, '${ip}', () => socket.write(hello))
  socket.on('error', ({ code }) => { console.log(code); process.exit() })
  socket.setTimeout(4000, () => { console.log('nothing'); process.exit() })
`

/** Asked on the gateway itself: nobody else reaches the page. */
async function ask<Answer>(from: Host, path: string, body?: string): Promise<Answer> {
  const how = body === undefined ? {} : { method: 'POST', body }
  const program = `fetch('http://${PAGE}${path}', ${JSON.stringify(how)})
    .then((answer) => answer.text()).then((text) => console.log(text))`
  return JSON.parse(await from.run(process.execPath, ['-e', program])) as Answer
}

test('who is blocked stands on the page, with the flow and the verdict', {
  skip,
}, async (context) => {
  const site = await WallSite.open(context)
  const { network, gateway } = site
  const world = await site.host('server', 'world')
  const ours = await site.host('caller', 'ours')
  world.start(process.execPath, ['-e', SERVER])
  await network.until('it listens', 10, () => world.listens('tcp', PORT))
  const store = join(network.folder, 'wall.duckdb')
  const rules = [{ name: 'nobody', do: 'block reset for 10m' }]
  const wall = await site.wall('page', { rules }, ['--listen', PAGE, '--store', store])
  const before = await ask<WallState>(gateway, '/api/wall')
  assert.deepEqual([before.running, before.held, before.rules[0]?.hits], [true, [], 0])
  assert.match(before.kernelRules, /NFQUEUE|queue/)

  assert.equal((await ours.run(process.execPath, ['-e', CALLER(world.ip)])).trim(), 'ECONNRESET')
  // Whom it just called is refused at the first packet.
  assert.equal((await ours.run(process.execPath, ['-e', CALLER(world.ip)])).trim(), 'ECONNREFUSED')
  let state = before
  await network.until('the page knows it', 15, async () => {
    state = await ask<WallState>(gateway, '/api/wall')
    return state.held.length > 0 && (state.rules[0]?.hits ?? 0) > 0
  })
  assert.deepEqual(
    state.held.map(({ host, rule }) => `${host} ${rule}`),
    [`${ours.ip} nobody`],
  )
  const left = (state.held[0]!.untilMicros - state.micros) / 1e6
  assert.ok(left > 500 && left <= 600, `${left} s are left of ten minutes`)
  assert.deepEqual(
    state.refused.some.map(({ endpoint, via }) => `${endpoint.ip}:${endpoint.port} ${via}`),
    [`${world.ip}:${PORT} flow`],
  )
  assert.deepEqual(
    state.decisions.map(({ action, rule }) => `${action} by ${rule}`),
    ['refuse by named to a caught host', 'block by nobody'],
  )
  // The file has the decisions and nothing else, though the page is told more.
  assert.equal(wall.decisions().length, 2)

  const flow = state.decisions[1]!.flow
  await network.until('the store has it', 15, async () => {
    const [hosts, detail] = [
      await ask<Listed<HostRow>>(gateway, '/api/hosts'),
      await ask<{ id?: string; family?: string }>(gateway, `/api/flow?id=${flow}`),
    ]
    return hosts.rows.some(({ host }) => host === ours.ip) && detail.id === flow
  })
  const preview = await ask<WallPreview>(gateway, '/api/wall/preview', 'wall: { mode: perhaps }')
  assert.equal(preview.faults[0]?.line, 1)
  await wall.stop()
  const kept = await openStore(store, { readOnly: true })
  const { rows } = await kept.reader.decisions({ limit: 9, where: `id==${flow}` })
  assert.deepEqual(
    rows.map(({ action, how, rule, host }) => [action, how, rule, host]),
    [['block', 'reset', 'nobody', ours.ip]],
  )
  assert.equal((await kept.reader.decided({})).length, 2)
  await kept.close()
})

test('a wall whose page cannot be opened does not stand', { skip }, async (context) => {
  const site = await WallSite.open(context)
  site.gateway.start(process.execPath, ['-e', `require('node:net').createServer().listen(8686)`])
  await site.network.until('it is taken', 10, () => site.gateway.listens('tcp', 8686))
  await assert.rejects(site.wall('taken', {}, ['--listen', PAGE]))
  assert.ok(!(await site.gateway.run('iptables-save', [])).includes('PEERSCOPE'))
})
