/**
 * tshark reads the same datagrams: every DHT message that it counts we read, with the same ids,
 * hashes, methods, tokens and addresses. It has no dissector for UDP trackers, local discovery
 * and WebTorrent; HTTP trackers are compared by what it gives of the HTTP around them.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { factsOfFlow, flowsOf } from '../../core/captured-flows.ts'
import type { Json } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { Kept } from '../../core/session-check.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { NO_TSHARK, tsharkFields } from '../../core/tshark-in-test.ts'
import { DatagramSession } from './session-datagram.ts'
import { TrackerSession } from './session-tracker.ts'

const path = (name: string) => repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)
const list = (value: string | undefined) => (value ? value.split(',') : [])

type Fields = { readonly [key: string]: Json }

/** Frame → fields of `bittorrent_dht`, as we read it. */
function ourDht(name: string): Map<number, Fields> {
  const frames = new Map<number, Fields>()
  for (const flow of flowsOf(readFileSync(path(name)))) {
    const kept = new Kept()
    const session = new DatagramSession(factsOfFlow(flow, 'dht'), kept)
    for (const part of flow.pieces) {
      kept.said.length = 0
      session.data(part.from, part.bytes, { micros: 0, frame: part.frame })
      const said = kept.of('message').find(({ log }) => log === 'bittorrent_dht')
      if (said !== undefined) frames.set(part.frame, said.fields)
    }
  }
  return frames
}

/** Every string of nested fields under one of these keys. */
function under(value: Json | undefined, keys: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((item: Json) => under(item, keys))
  return Object.entries(value as Fields).flatMap(([key, item]) =>
    keys.includes(key) ? [String(item)] : under(item, keys),
  )
}

for (const name of ['dht', 'dht-items']) {
  test(`DHT messages of ${name}.pcap as tshark reads them`, { skip: NO_TSHARK }, () => {
    const wanted = [
      'frame.number',
      'bt-dht.bencoded.string',
      'bt-dht.id',
      'bt-dht.ip',
      'bt-dht.port',
    ]
    const rows = tsharkFields(path(name), 'bt-dht', wanted, '-d', 'udp.port==1-65535,bt-dht')
    const ours = ourDht(name)
    assert.equal(ours.size, rows.length, 'messages')
    for (const [frame, strings, ids, ips, ports] of rows) {
      const fields = ours.get(Number(frame))!
      const what = `frame ${frame}`
      const known = new Set(list(strings))
      if (fields.request_type !== undefined) {
        assert.ok(known.has(String(fields.request_type)), `${what}: ${fields.request_type}`)
      }
      const body = fields.request ?? fields.response
      const own = under(body, ['info_hash', 'target'])
      const id = (body as Fields).id
      for (const value of [String(id), ...own]) assert.ok(known.has(value), `${what}: ${value}`)
      // Nodes have an id each; tshark gives them in the order of the list.
      const { nodes, values } = (fields.response ?? {}) as Fields
      assert.deepEqual(under(nodes, ['id']), list(ids), `${what}: ids`)
      // Our order is nodes, then values; tshark has the order of the bytes, and the `ip` echo too.
      const expected = list(ips).map((ip, i) => `${ip} ${list(ports)[i]}`)
      const found = [nodes, values].flatMap((item) =>
        under(item, ['ip']).map((ip, i) => `${ip} ${under(item, ['port'])[i]}`),
      )
      for (const endpoint of found) {
        const at = expected.indexOf(endpoint)
        assert.ok(at >= 0, `${what}: ${endpoint}`)
        expected.splice(at, 1)
      }
      // What is left can only be the echo, which Suricata's log has no field for.
      assert.ok(expected.length <= 1, `${what}: ${expected.join(', ')}`)
      if (expected.length === 1) assert.ok(known.has('ip'), `${what}: ${expected[0]}`)
    }
  })
}

test('HTTP tracker requests as tshark reads them', { skip: NO_TSHARK }, () => {
  const wanted = ['http.request.uri.query.parameter', 'http.user_agent', 'http.host']
  const decoding = ['-d', 'tcp.port==6969,http']
  const rows = tsharkFields(path('http-tracker'), 'http.request', wanted, ...decoding)
  const ours: Fields[] = []
  for (const flow of flowsOf(readFileSync(path('http-tracker')))) {
    const kept = new Kept()
    const reader = new StreamReader(new TrackerSession(factsOfFlow(flow, 'tracker-http'), kept))
    for (const { from: side, bytes, frame } of flow.pieces)
      reader.push(side, bytes, { micros: 0, frame })
    ours.push(
      ...kept.of('message').flatMap(({ fields }) => (fields.type === 'request' ? [fields] : [])),
    )
  }
  const row = (query: URLSearchParams, agent: string | undefined, host: string | undefined) =>
    [query.get('port'), query.get('event'), query.get('left'), agent, host].join(' ')
  const theirs = rows.map(([parameters, agent, host]) =>
    row(new URLSearchParams(list(parameters).join('&')), agent, host),
  )
  assert.deepEqual(
    ours
      .map((said) => [said.port, said.event, said.left, said.user_agent, said.host].join(' '))
      .sort(),
    theirs.sort(),
  )
})
