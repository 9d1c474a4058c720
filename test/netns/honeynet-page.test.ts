/** The page of a honeynet: callers stand on the map, what was answered is counted, dark addresses are no hosts. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DarkMap, HostRow, IncidentRow, Listed } from '../../src/core/store.ts'
import type { DarkView } from '../../src/services/page/api.ts'
import { cannotBeDark, DARK_NETWORK } from './dark.ts'
import { Lan } from './lan.ts'
import type { Host } from './network.ts'

const skip = cannotBeDark([])
const MAIN = join(import.meta.dirname, '../../src/app/main.js')
const PAGE = '127.0.0.1:8686'
const CALLERS = 110

/** BEP 3: what a peer says first, from many addresses of one host; in a flood not all would be read. */
const CALLS = `
  const hello = Buffer.concat([Buffer.from('\\x13BitTorrent protocol'), Buffer.alloc(8), Buffer.alloc(40, 7)])
  let left = ${CALLERS}
  const call = (i) => {
    const from = '198.51.100.' + (100 + i)
    const socket = require('node:net').connect({ port: 6881, host: '10.99.3.7', localAddress: from })
    socket.on('connect', () => socket.write(hello)).on('error', () => 0)
    socket.once('data', () => socket.destroy())
    socket.on('close', () => --left || process.exit())
  }
  for (let i = 1; i <= ${CALLERS}; i++) setTimeout(call, 50 * i, i)
  setTimeout(() => process.exit(), 20000)
`

async function ask<Answer>(from: Host, path: string): Promise<Answer> {
  const program = `fetch('http://${PAGE}${path}')
    .then((answer) => answer.text()).then((text) => console.log(text))`
  return JSON.parse(await from.run(process.execPath, ['-e', program])) as Answer
}

test('many callers of one dark address are an incident on the page of the honeynet', {
  skip,
}, async (context) => {
  const lan = Lan.open(context)
  const { network } = lan
  const dark = lan.host('dark', 2)
  const callers = lan.host('callers', 5)
  await dark.run('sysctl', ['-q', '-w', 'net.ipv4.ip_forward=1'])
  await callers.run('ip', ['route', 'add', DARK_NETWORK, 'via', dark.ip])
  const device = (await callers.run('ip', ['-o', '-4', 'addr', 'show', 'to', callers.ip])).split(
    /\s+/,
  )[1]!
  for (let i = 1; i <= CALLERS; i++) {
    await callers.run('ip', ['addr', 'add', `198.51.100.${100 + i}/32`, 'dev', device])
  }
  const words = ['honeynet', '--dark', DARK_NETWORK, '--listen', PAGE, '--format', 'ndjson']
  const honeynet = dark.start(process.execPath, [MAIN, ...words])
  await network.until('the honeynet answers', 20, () => honeynet.output.includes('answers on'))
  await callers.run(process.execPath, ['-e', CALLS])
  let incidents: Listed<IncidentRow> = { rows: [], total: 0 }
  await network.until('the page knows it', 15, async () => {
    incidents = await ask<Listed<IncidentRow>>(dark, '/api/incidents')
    return incidents.rows.some(({ sources }) => sources > 100)
  })
  const [incident] = incidents.rows
  assert.deepEqual([incident!.state, incident!.target], ['open', { ip: '10.99.3.7', port: 6881 }])
  const view = await ask<DarkView>(dark, '/api/dark')
  assert.deepEqual(view.networks, [DARK_NETWORK])
  assert.deepEqual(
    [view.honeynet?.connections, view.honeynet?.connectionsAnswered],
    [CALLERS, CALLERS],
  )
  let map: DarkMap | undefined
  await network.until('their flows are stored', 15, async () => {
    map = await ask<DarkMap>(dark, `/api/map?network=${DARK_NETWORK}&cellBits=32`)
    return map.p2pSources[0]! > 100
  })
  // The 775th address of the network. The very first callers may come while the program warms up.
  assert.deepEqual(map!.cells, [3 * 256 + 7])
  assert.ok(map!.sources[0]! <= CALLERS)
  const hosts = await ask<Listed<HostRow>>(dark, '/api/hosts?limit=1000')
  assert.ok(hosts.total > 0)
  assert.ok(hosts.rows.every(({ host }) => host.startsWith('198.51.100.')))
  await honeynet.stop()
})
