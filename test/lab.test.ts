/**
 * Every scenario that is shipped comes out as it expects, and what its peers write to each other is
 * read: each flow that says something is named as its family, and none as another.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { endpointText } from '../src/core/address.ts'
import type { Event } from '../src/core/event.ts'
import type { Order, PeerSaid } from '../src/core/peer.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import { NO_TSHARK, tsharkFields } from '../src/core/tshark-in-test.ts'
import { Population } from '../src/lab/population.ts'
import { parseScenario } from '../src/lab/scenario.ts'
import { SocketHome } from '../src/lab/socket-home.ts'
import { gnutella } from '../src/protocols/gnutella/index.ts'
import { asFile, eventsOf, freePort, outcomesOf, play, playable } from './lab-in-test.ts'

const FOLDER = repositoryFile('scenarios')
/** Too large for every run: bench/lab.ts plays them. */
const LARGE = /-100000\.yaml$/

/** Many say what few say: their captures are read only where PEERSCOPE_LAB is `all`. */
const CROWDS = /-(?:loss|crowd)\.yaml$/
const READ_ALL = process.env.PEERSCOPE_LAB === 'all'

/** Rows of the truth that carried something both ways, by endpoints. */
function talked(truth: string): Map<string, string> {
  const rows = truth.trimEnd().split('\n').slice(1)
  const flows = new Map<string, string>()
  for (const row of rows.map((line) => line.split('\t'))) {
    const [proto, src, sport, dst, dport, label] = row
    if (row[8] === '-' || row[14] === '0') continue
    flows.set(`${proto} ${src}:${sport} ${dst}:${dport}`, label!)
  }
  return flows
}

function namesOf(events: readonly Event[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const event of events) {
    if (event.type !== 'flow') continue
    const route = `${event.proto.toLowerCase()} ${event.ends.map(endpointText).join(' ')}`
    names.set(route, event.p2p?.family ?? 'not named')
  }
  return names
}

const scenarios = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && !LARGE.test(name))

for (const name of scenarios) {
  test(`${name}: what it expects comes, and what is written is read`, async () => {
    const isRead = READ_ALL || !CROWDS.test(name)
    const outcomes = isRead ? play(name).outcomes : outcomesOf(name)
    assert.ok(outcomes.length > 0, 'it expects nothing')
    assert.deepEqual(
      outcomes.filter(({ holds }) => !holds),
      [],
    )
    if (!isRead) return
    const { truth } = play(name)
    const names = namesOf(await eventsOf(name))
    const flows = [...talked(truth)]
    assert.ok(flows.length > 0)
    const wrong = flows.filter(([route, label]) => names.get(route) !== label)
    assert.deepEqual(
      wrong.map(([route, label]) => `${route}: ${label} is called ${names.get(route)}`),
      [],
    )
  })
}

/** Messages of a family's log, by their type. */
function said(events: readonly Event[], type: string) {
  return events.flatMap((event) =>
    event.type === 'message' && event.log === 'gnutella' && event.fields.type === type
      ? [event.fields as { header: { ttl: number; hops: number; size: number } }]
      : [],
  )
}

test('A flood asks each servent once and learns the way back: queries and hits as the tree has links', async () => {
  const events = await eventsOf('gnutella-flooding.yaml')
  const depths = [3, 9, 27, 54]
  const queries = said(events, 'query')
  const hits = said(events, 'query-hit')
  // Four searches with TTL 1, 2, 3 and 7 in a tree that is 4 deep: links crossed at each depth.
  const perDepth = depths.map((links, depth) => links * (4 - Math.min(3, depth)))
  for (const [depth, expected] of perDepth.entries()) {
    assert.equal(queries.filter(({ header }) => header.hops === depth).length, expected)
  }
  assert.equal(queries.length, 3 + 12 + 39 + 93)
  assert.equal(hits.length, 3 + 21 + 102 + 318)
  for (const { header } of queries) assert.ok([1, 2, 3, 7].includes(header.ttl + header.hops))
})

test('Searches, hits, downloads, a push and a GIV are found by their names in the capture', async () => {
  const events = await eventsOf('gnutella-sequence.yaml')
  const texts = events.flatMap((event) => (event.type === 'search' ? [event.text] : []))
  assert.deepEqual([...new Set(texts)].sort(), ['orchestra tuning', 'quiet harbour'])
  const transfers = events.flatMap((event) => (event.type === 'transfer' ? [event] : []))
  assert.deepEqual(
    transfers.map(({ name, bytes }) => [name, bytes]),
    [
      ['orchestra tuning.ogg', 150_000],
      ['quiet harbour.ogg', 90_000],
    ],
  )
  // To Carol, and on to Dora.
  assert.equal(said(events, 'push').length, 2)
  assert.equal(said(events, 'giv').length, 1)
  assert.deepEqual(
    events.filter(({ type }) => type === 'fault'),
    [],
  )
})

test('Leaves are shielded: what only one has is asked of him alone', async () => {
  const events = await eventsOf('gnutella-ultrapeers.yaml')
  const asked = new Set<string>()
  for (const event of events) {
    if (event.type !== 'message' || event.fields.type !== 'query') continue
    const query = event.fields.query as { search: string }
    if (query.search === 'rare pamphlet') asked.add(event.ends[event.side === 0 ? 1 : 0].ip)
  }
  const [leaves, ultrapeers] = [[...asked], [...asked]].map((ips, i) =>
    ips.filter((ip) => ip.startsWith('10.1.') === (i === 1)),
  )
  assert.deepEqual(leaves, ['10.3.0.2'])
  assert.equal(ultrapeers!.length, 12)
})

/**
 * tshark takes a handshake for the beginning of a message, and so misses what a side says first: pings
 * and pongs of the three links.
 */
test('tshark counts the same messages', { skip: NO_TSHARK }, async () => {
  const { capture } = play('gnutella-sequence.yaml')
  const rows = await asFile(capture, (path) =>
    tsharkFields(path, 'gnutella.header', ['gnutella.header.payload']),
  )
  const theirs = new Map<string, number>()
  for (const type of rows.flatMap(([cell]) => cell!.split(',')))
    theirs.set(type, (theirs.get(type) ?? 0) + 1)
  const events = await eventsOf('gnutella-sequence.yaml')
  const ours = (type: string) => said(events, type).length
  assert.equal(theirs.get('128'), ours('query'))
  assert.equal(theirs.get('129'), ours('query-hit'))
  assert.equal(theirs.get('64'), ours('push'))
  const missed = ours('ping') + ours('pong') - theirs.get('0')! - theirs.get('1')!
  assert.ok(missed >= 0 && missed <= 6, `${missed} missed`)
})

test('The same peers on real sockets: query, hit, download', async () => {
  const at = (port: number) => ({ ip: '127.0.0.1', port })
  const ports = [await freePort(), await freePort(), await freePort()] as const
  const said: PeerSaid[][] = [[], [], []]
  const homes = ports.map((port, i) => {
    const settings = { role: 'servent', port, nick: '', bugs: [], isFirewalled: false }
    return new SocketHome(gnutella.peer!.make(settings), '127.0.0.1', (each) => said[i]!.push(each))
  })
  const until = async (holds: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 500 && !holds(); tries++) await sleep(10)
    assert.ok(holds(), JSON.stringify(said))
  }
  const has = (i: number, type: PeerSaid['type'], count = 1): boolean =>
    said[i]!.filter((each) => each.type === type).length >= count
  const order = (i: number, what: Order): void => homes[i]!.peer.order(what)
  try {
    for (const home of homes) await home.start()
    order(1, { do: 'publish', file: { name: 'real tune.ogg', size: 300_000, seed: 1 } })
    order(2, { do: 'publish', file: { name: 'shy tune.ogg', size: 300_000, seed: 2 } })
    for (const i of [0, 2]) order(i, { do: 'join', at: at(ports[1]) })
    await until(() => has(0, 'joined') && has(2, 'joined'))
    order(0, { do: 'search', text: 'tune' })
    await until(() => has(0, 'found', 2))
    order(0, { do: 'fetch', name: 'real tune.ogg' })
    await until(() => has(0, 'fetched') && has(1, 'served'))
  } finally {
    for (const home of homes) await home.stop()
  }
})

const MAIN = repositoryFile('dist/src/app/main.js')

function run(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, 'lab', 'run', ...args], { encoding: 'utf8' })
}

test('The same scenario gives the same figures and the same capture', (context) => {
  const folder = temporaryFolder(context)
  const scenario = join(FOLDER, 'gnutella-sequence.yaml')
  const [a, b] = ['a', 'b'].map((name) => {
    const ran = run(scenario, '--json', '-w', join(folder, `${name}.pcapng`))
    assert.equal(ran.status, 0, ran.stderr)
    return ran.stdout
  })
  assert.equal(a, b)
  assert.equal(JSON.parse(a!).expected.length, 8)
  for (const kind of ['pcapng', 'truth.tsv']) {
    const [one, two] = ['a', 'b'].map((name) => readFileSync(join(folder, `${name}.${kind}`)))
    assert.ok(one!.equals(two!), kind)
  }
  assert.match(readFileSync(join(folder, 'a.truth.tsv'), 'utf8'), /^#proto\tsrc\tsport/)
})

const SEQUENCE = readFileSync(join(FOLDER, 'gnutella-sequence.yaml'), 'utf8')

/** What is wrong with a scenario, and what is said of it. */
const BAD: readonly [string, string, string, RegExp][] = [
  ['a group that is not there', 'who: bob', 'who: bert', /deeds\.0\.who names a group "bert"/],
  ['no such protocol', 'protocol: gnutella', 'protocol: morse', /no peer of "morse"/],
  ['no such role', 'role: servent', 'role: king', /no role "king" \(servent, /],
  ['no such bug', 'join:', 'bugs: { shy: 1 }, join:', /no bug "shy"/],
  ['too few addresses', '192.0.2.3', '192.0.2.3, count: 2', /192\.0\.2\.3 has only 1 addresses/],
  ['no address', '192.0.2.3', 'somewhere', /"somewhere" is no address/],
  [
    'a file that is not there',
    'name: orchestra',
    'name: opera',
    /orchestra tuning.ogg" is none of files\.named/,
  ],
  ['nobody to join', 'do: publish', 'do: join', /deeds\.0: join needs `of`/],
]

for (const [what, from, to, expected] of BAD) {
  test(`A scenario with ${what} is not played`, () => {
    assert.ok(SEQUENCE.includes(from))
    const text = SEQUENCE.replace(from, to)
    assert.throws(() => new Population(parseScenario(text, 'bad.yaml'), playable()), {
      name: 'ScenarioError',
      message: expected,
    })
  })
}

test('What cannot be played ends with 2, what does not come with 3, a file that is not there with 1', (context) => {
  const folder = temporaryFolder(context)
  const file = join(folder, 'bad.yaml')
  writeFileSync(file, SEQUENCE.replace('who: bob', 'who: bert'))
  const unplayable = run(file)
  assert.equal(unplayable.status, 2)
  assert.match(unplayable.stderr, /^peerscope: .*"bert"/)
  writeFileSync(file, SEQUENCE.replace('least: 3, most: 3', 'least: 4'))
  const other = run(file)
  assert.equal(other.status, 3)
  assert.match(other.stdout, /NO +3 +joined/)
  assert.equal(run(join(folder, 'nothing.yaml')).status, 1)
})
