/**
 * `peerscope backtrack` on loopback, among small peers: what it prints, keeps and draws; that it goes on
 * where it was stopped; what it refuses.
 */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { isApart } from '../src/app/backtrack/apart.ts'
import type { Endpoint } from '../src/core/address.ts'
import type { Order } from '../src/core/peer.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import { SocketHome } from '../src/lab/socket-home.ts'
import { protocols } from '../src/protocols/index.ts'
import { openStore } from '../src/services/store/store.ts'
import { freePort } from './lab-in-test.ts'

const MAIN = repositoryFile('dist/src/app/main.js')
const CONTENT = `urn:btih:${'5a'.repeat(20)}`
const VICTIM = { ip: '203.0.113.99', port: 4662 }
const FOLDER = temporaryFolder()
const inFolder = (name: string): string => join(FOLDER, name)
const run = promisify(execFile)

/** @returns what it printed */
async function backtrack(...words: readonly string[]): Promise<string> {
  const args = [MAIN, 'backtrack', ...words, '-q', '--no-color']
  const { stdout } = await run(process.execPath, args, { env: { PATH: process.env.PATH } })
  return stdout
}

async function peerAt(
  context: TestContext,
  roleAndBugs: string,
  at: Endpoint,
  ...orders: readonly Order[]
): Promise<void> {
  const [role, ...bugs] = roleAndBugs.split(',') as [string, ...string[]]
  const kind = protocols.find(({ name }) => name === 'bittorrent')!.peer!
  const peer = kind.make({ role, port: at.port, nick: at.ip, bugs, isFirewalled: false })
  const home = new SocketHome(peer, at.ip, () => undefined)
  context.after(() => home.stop())
  await home.start()
  for (const order of orders) peer.order(order)
}

/** A tracker and three peers, one of which injects. @returns the tracker and the injector */
async function swarm(context: TestContext): Promise<[Endpoint, Endpoint]> {
  const port = await freePort()
  const tracker = { ip: '127.0.0.2', port }
  const injector = { ip: '127.0.0.5', port }
  await peerAt(context, 'tracker', tracker)
  const wants = [
    { do: 'join', at: tracker },
    { do: 'fetch', name: 'nothing', content: CONTENT },
  ] as const
  for (const ip of ['127.0.0.3', '127.0.0.4']) await peerAt(context, 'peer', { ip, port }, ...wants)
  await peerAt(context, 'peer,injects', injector, ...wants, { do: 'join', at: VICTIM })
  return [tracker, injector]
}

test('An incident of an events file is backtracked to who injects it; all of it is kept', async (context) => {
  const [tracker, injector] = await swarm(context)
  const at = (one: Endpoint): string => `${one.ip}:${one.port}`
  const incident = {
    ...{ type: 'incident', micros: 1, state: 'closed', family: 'bittorrent', target: VICTIM },
    ...{ contents: [{ name: CONTENT, count: 120 }], software: [], hours: [], sources: 120 },
  }
  writeFileSync(inFolder('dark.ndjson'), `${JSON.stringify(incident)}\n`)
  const [capture, store, state] = ['crawl.pcapng', 'told.duckdb', 'crawl.state'].map(inFolder) as [
    string,
    string,
    string,
  ]
  const asked = ['1', '--events', inFolder('dark.ndjson'), '--ask', `tracker@${at(tracker)}`]
  const kept = ['-w', capture, '--store', store, '--state', state]
  const graphs = ['--graph', inFolder('told.csv'), '--graph', inFolder('told.graphml')]
  const text = await backtrack(...asked, ...kept, ...graphs)
  assert.match(text, /^203\.0\.113\.99:4662\n +index no, exchange yes, dht not asked\n/)
  assert.match(text, new RegExp(`Where it comes in\\n +${at(injector)} \\(pex\\):`))
  assert.match(text, /\d+ endpoints heard of, .* nothing is left to ask\./s)
  const csv = readFileSync(inFolder('told.csv'), 'utf8')
  const row = csv.split('\n').find((line) => line.includes(',203.0.113.99:4662,'))!
  assert.ok(row.startsWith(`${at(injector)},203.0.113.99:4662,bittorrent,pex,exchange,`), row)
  // The frame of the capture holds the six bytes that were told: 203.0.113.99, port 4662.
  const frame = Number(row.split(',').at(-1))
  const read = await run(process.execPath, [MAIN, 'read', '--json', capture])
  const claim = read.stdout.split('\n').find((line) => {
    return line.includes('"type":"claim"') && line.includes('"about":{"ip":"203.0.113.99"')
  })!
  assert.equal((JSON.parse(claim) as { frame: number }).frame, frame)
  assert.ok(readFileSync(capture).includes(Buffer.from('cb0071631236', 'hex')))

  const opened = await openStore(store, { readOnly: true })
  const { rows } = await opened.sql("select count(*) from claims where about_ip = '203.0.113.99'")
  await opened.close()
  assert.ok(Number(rows[0]![0]) > 0, JSON.stringify(rows))

  // Nobody is asked again, and what was told is known out of the capture.
  const again = JSON.parse(await backtrack(...asked, ...kept, '--format', 'json')) as {
    packets: number
    findings: { origins: { at: Endpoint }[] }[]
  }
  assert.deepEqual(again.findings[0]!.origins[0]!.at, injector)
  const { sent } = JSON.parse(readFileSync(state, 'utf8')) as { sent: number }
  assert.equal(again.packets, sent)
})

test('A crawl that is interrupted says what it has, and goes on later', async (context) => {
  const [tracker] = await swarm(context)
  // So slow that it cannot end by itself.
  const words = [CONTENT, '--ask', `tracker@${tracker.ip}:${tracker.port}`, '--rate', '4']
  const state = inFolder('slow.state')
  const first = await backtrack(...words, '--state', state, '--duration', '1')
  assert.match(first, /; stopped\./)
  const saved = JSON.parse(readFileSync(state, 'utf8')) as { asked: unknown[]; sent: number }
  assert.ok(saved.sent > 0 && saved.sent < 12, JSON.stringify(saved))
  const second = await backtrack(...words.slice(0, 3), '--state', state)
  assert.match(second, /nothing is left to ask/)
  const [other] = [await refused('urn:btih:00', ...words.slice(1), '--state', state)]
  assert.match(other, /of another crawl, about urn:btih:5a5a/)
})

/** What it says when it refuses. */
async function refused(...words: readonly string[]): Promise<string> {
  const done = spawnSync(process.execPath, [MAIN, 'backtrack', ...words], { encoding: 'utf8' })
  assert.equal(done.status, 2, done.stderr)
  assert.equal(done.stdout, '')
  return done.stderr
}

test('Nobody but the machine itself is asked unless the network is named', async () => {
  const words = [CONTENT, '--ask', 'tracker@198.51.100.1:6969']
  assert.match(await refused(...words), /198\.51\.100\.1:6969 is in no network that may be asked/)
  assert.match(await refused(...words, '--allow', 'world'), /--allow world: not a network/)
  if (isApart()) return
  const inside = [CONTENT, '--ask', 'tracker@10.17.5.31:6969']
  assert.match(await refused(...inside), /10\.17\.5\.31:6969 is in no network that may be asked/)
})

test('A dry run says who would be asked, and by what, and asks nobody', async (context) => {
  const calls: string[] = []
  const server = createServer(() => calls.push('called')).listen(0, '127.0.0.1')
  context.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const ask = ['--ask', `tracker@127.0.0.1:${port}/announce`, '--ask', 'tracker@198.51.100.1:6969']
  const text = await backtrack(CONTENT, ...ask, '--dry-run')
  const place = `127\\.0\\.0\\.1:${port}`
  assert.match(text, new RegExp(`asked first\\n[\\s\\S]*${place} +bittorrent +tracker +tcp`))
  assert.match(text, /Left out[^\n]*\n {2}198\.51\.100\.1:6969\n/)
  const plan = JSON.parse(await backtrack(CONTENT, ...ask, '--dry-run', '--format', 'json')) as {
    asked: { at: Endpoint; content: string }[]
    leftOut: Endpoint[]
  }
  assert.ok(plan.asked.every(({ at, content }) => at.port === port && content === CONTENT))
  assert.deepEqual(plan.leftOut, [{ ip: '198.51.100.1', port: 6969 }])
  assert.deepEqual(calls, [])
})

test('What cannot be asked is refused in words', async () => {
  const ask = ['--ask', 'tracker@127.0.0.1:1']
  assert.match(await refused('nonsense', ...ask), /neither an incident, a content nor an address/)
  assert.match(
    await refused('7', ...ask),
    /7: an incident has its number in a file: say --events FILE/,
  )
  assert.match(await refused('127.0.0.1', ...ask), /no content to ask about/)
  assert.match(await refused(CONTENT), /nobody to ask/)
  assert.match(await refused(CONTENT, '--ask', 'tracker@host:1'), /say PART@ADDRESS:PORT/)
  assert.match(await refused(CONTENT, '--ask', 'mayor@127.0.0.1:1'), /there are .*dht.*tracker/)
  assert.match(await refused(CONTENT, ...ask, '--graph', 'x.png'), /\.graphml or \.csv/)
})
