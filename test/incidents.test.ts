/**
 * Incidents out of packets, as the program tells them: a responder answers for dark addresses, so that
 * callers say what they want. All packets are made here, by the specification of the BitTorrent handshake.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bytesOf, concat, fromHex } from '../src/core/bytes.ts'
import { CaptureMaker } from '../src/core/capture-maker.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import { play } from './lab-in-test.ts'

const MAIN = repositoryFile('dist/src/app/main.js')
const TIMEOUT_MS = 60_000
const folder = temporaryFolder()

const MINUTE = 60_000_000
const DARK = { ip: '198.51.100.7', port: 6881 }
const HASH = '0123456789abcdef0123456789abcdef01234567'

/** BEP 3: 19, the protocol's name, eight reserved bytes, info hash, peer id. */
function handshake(id: string): Uint8Array {
  const head = concat(Uint8Array.of(19), bytesOf('BitTorrent protocol'), new Uint8Array(8))
  return concat(head, fromHex(HASH), bytesOf(id.padEnd(20, 'x')))
}

function run(...args: string[]) {
  const done = spawnSync(process.execPath, [MAIN, ...args], {
    ...{ encoding: 'utf8', env: { PATH: process.env.PATH ?? '' }, timeout: TIMEOUT_MS },
  })
  return { status: done.status, out: done.stdout, err: done.stderr }
}

/** So many callers, a minute apart, and half as many who come for something else. */
function trace(callers: number): string {
  const maker = new CaptureMaker(Date.UTC(2009, 3, 1) * 1000)
  for (let i = 0; i < callers; i++) {
    const caller = { ip: `203.0.${Math.floor(i / 200)}.${1 + (i % 200)}`, port: 40_000 + i }
    maker.tcp(caller, DARK).send(0, handshake('-KT3150-')).close()
    maker.wait(MINUTE)
    if (i % 2 === 0) continue
    const other = { ip: `192.88.${Math.floor(i / 200)}.${1 + (i % 200)}`, port: 40_000 }
    maker.tcp(other, { ip: DARK.ip, port: 80 }).send(0, bytesOf('GET / HTTP/1.0\r\n\r\n')).close()
  }
  const path = join(folder, `${callers}.pcap`)
  writeFileSync(path, maker.finish())
  return path
}

test('101 callers of one dark address are an incident, told with content, client and share', () => {
  const done = run('incidents', '-r', trace(101), '--dark', '198.51.100.0/24', '--format', 'json')
  assert.equal(done.status, 0, done.err)
  const { incidents, radiation } = JSON.parse(done.out)
  assert.equal(incidents.length, 1)
  const [incident] = incidents
  assert.deepEqual(incident.target, DARK)
  assert.equal(incident.sources, 101)
  assert.deepEqual(incident.contents, [{ name: `urn:btih:${HASH}`, count: 101 }])
  assert.deepEqual(incident.software, [{ name: 'KTorrent 3.1.5', count: 101 }])
  assert.deepEqual([radiation.connections, radiation.p2p], [151, 101])
})

test('100 are none; text, csv and eve say the same', () => {
  const dark = ['--dark', '198.51.100.0/25,198.51.100.128/25']
  const hundred = trace(100)
  assert.match(run('incidents', hundred, ...dark).out, /^0 incidents\n/)
  assert.equal(run('incidents', hundred, ...dark, '--format', 'csv').out.split('\n').length, 2)
  const more = trace(130)
  assert.match(run('incidents', more, ...dark).out, /198\.51\.100\.7:6881 +130 +130\n/)
  const [, row] = run('incidents', more, ...dark, '--format', 'csv').out.split('\n')
  assert.match(
    row!,
    /^2009-04-01T00:00:00\.\d{6}Z,.*,198\.51\.100\.7,6881,130,130,exact,1\.000,,urn:btih:/,
  )
  const eve = JSON.parse(run('incidents', more, ...dark, '--format', 'eve').out)
  assert.deepEqual([eve.event_type, eve.p2p_incident.sources], ['p2p_incident', 130])
  assert.match(run('incidents', more, ...dark, '--sources', '200').out, /^0 incidents\n/)
})

test('what is no network is refused, as is no capture', () => {
  const wrong = run('incidents', 'x.pcap', '--dark', 'here')
  assert.equal(wrong.status, 2)
  assert.match(wrong.err, /--dark here: not a network/)
  assert.equal(run('diagnose').status, 2)
  const twice = run('diagnose', 'x.pcap', '--bug-report', '--format', 'json')
  assert.equal(twice.status, 2)
  assert.match(twice.err, /--bug-report is Markdown and cannot be --format json/)
  const slip = run('diagnose', 'x.pcap', '--made-up', '5a5a')
  assert.equal(slip.status, 2)
  assert.match(slip.err, /--made-up 5a5a: neither a URN nor the hash of a content/)
})

test('a diagnosis says what it is, who spreads it and where that stands', () => {
  const path = join(folder, 'reversed.pcapng')
  writeFileSync(path, play('bittorrent-reversed.yaml').capture)
  const { status, out } = run('diagnose', '-r', path)
  assert.equal(status, 0)
  assert.match(out, /confirmed +byte-order: Of 3 bogus endpoints, 100\.0 % are peers/)
  assert.match(out, /KTorrent 3\.1\.5 .* spreads it, p < 1e-12/)
  assert.match(out, /2\.100\.51\.198:6881 +silent +is 198\.51\.100\.2:6881 in reverse/)
  const [told] = JSON.parse(run('diagnose', path, '--format', 'json').out)
  assert.equal(told.causes[0].hypothesis, 'byte-order')
  // Without dark space, the calls in vain, each with the message that made them.
  const calls = JSON.parse(run('incidents', path, '--format', 'json').out)
  const targets = calls.incidents.map((incident: { target: { ip: string } }) => incident.target.ip)
  assert.ok(targets.includes('2.100.51.198'), targets.join())
  assert.equal(calls.incidents[0].taughtBy.by.ip, '203.0.113.7')
})

test('the authors of the blamed client get the frames, with the bytes seen and expected', () => {
  const path = join(folder, 'reversed.pcapng')
  writeFileSync(path, play('bittorrent-reversed.yaml').capture)
  const { status, out } = run('diagnose', path, '--bug-report')
  assert.equal(status, 0)
  assert.match(out, /^# KTorrent 3\.1\.5 tells IPv4 addresses with their octets reversed/)
  // Port 6881 is 1ae1.
  assert.match(
    out,
    /\| 2\.100\.51\.198:6881 \| `02 64 33 c6 1a e1` \| 198\.51\.100\.2:6881 \| `c6 33 64 02 1a e1` \|/,
  )
  assert.match(run('diagnose', trace(100), '--bug-report').out, /^No client is blamed/)
})

test('what a table of routes does not announce is a class of its own; gzip is undone', () => {
  const path = join(folder, 'reversed.pcapng')
  const table = join(folder, 'routes.gz')
  writeFileSync(path, play('bittorrent-reversed.yaml').capture)
  writeFileSync(table, gzipSync('198.51.100.0/24\n203.0.113.0/24\n'))
  assert.match(run('diagnose', path, '--routes', table).out, /In no system: 3 unannounced\./)
  assert.match(run('diagnose', path).out, /In no system: 3 silent\./)
  writeFileSync(table, gzipSync('nothing'))
  const wrong = run('diagnose', path, '--routes', table)
  assert.equal(wrong.status, 1)
  assert.match(wrong.err, /holds no network/)
})

test('callers who were sent by DNS are told apart: the name, the frame, and what it is known as', () => {
  const maker = new CaptureMaker(Date.UTC(2026, 3, 1) * 1000)
  const name = fromHex('06726f75746572 0a626974746f7272656e74 03636f6d 00'.replaceAll(' ', ''))
  const ask = concat(fromHex('123481800001000100000000'), name, fromHex('00010001'))
  const answer = concat(ask, fromHex('c00c0001000100000e100004c6336407'))
  const resolver = { ip: '203.0.113.53', port: 53 }
  for (let i = 0; i < 30; i++) {
    const caller = { ip: `203.0.114.${i}`, port: 40_000 }
    if (i === 0) maker.udp(resolver, caller, answer)
    maker.tcp(caller, DARK).send(0, handshake('-TR3000-')).close()
  }
  const path = join(folder, 'misdirected.pcap')
  writeFileSync(path, maker.finish())
  const { out } = run('diagnose', path, '--dark', '198.51.100.0/24')
  const told = out.replace(/\s+/g, ' ')
  assert.match(
    told,
    /confirmed dns-misdirection: 30 of 30 calls to where nobody is follow a name: router\.bittorrent\.com/,
  )
  assert.match(told, /stands for 198\.51\.100\.7:6881 \(DNS gave it in frame 1 of/)
})
