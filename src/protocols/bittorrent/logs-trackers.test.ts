/** Every message that the fixtures make fits the schema of its log; Suricata's is kept field for field. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { type CapturedFlow, factsOfFlow, flowsOf } from '../../core/captured-flows.ts'
import type { MessageSaid } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { Kept } from '../../core/session-check.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { datagramLogs, dhtLogs } from './logs-dht.ts'
import { trackerLogs } from './logs-tracker.ts'
import { DatagramSession } from './session-datagram.ts'
import { TrackerSession } from './session-tracker.ts'
import { WebSeedSession } from './session-webseed.ts'
import { WebSocketSession } from './session-websocket.ts'

const schemas: Readonly<Record<string, object>> = { ...dhtLogs, ...datagramLogs, ...trackerLogs }

const OPEN = {
  'http-tracker': TrackerSession,
  'http-tracker-refused': TrackerSession,
  'websocket-tracker': WebSocketSession,
  webseed: WebSeedSession,
  dht: DatagramSession,
  'dht-items': DatagramSession,
  'udp-tracker': DatagramSession,
  'udp-tracker-6': DatagramSession,
  lsd: DatagramSession,
} as const

function messagesOf(name: keyof typeof OPEN, flow: CapturedFlow): MessageSaid[] {
  const kept = new Kept()
  const session = new OPEN[name](factsOfFlow(flow, name), kept)
  const reader = new StreamReader(session)
  for (const { from: side, bytes, frame } of flow.pieces) {
    if (flow.carrier === 'udp') session.data(side, bytes, { micros: 0, frame })
    else reader.push(side, bytes, { micros: 0, frame })
  }
  return kept.of('message')
}

test('every message fits its schema, and every log of the fixtures is met', () => {
  const ajv = new Ajv({ strict: false, allErrors: true })
  const met = new Set<string>()
  for (const name of Object.keys(OPEN) as (keyof typeof OPEN)[]) {
    const path = repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)
    for (const flow of flowsOf(readFileSync(path))) {
      for (const said of messagesOf(name, flow)) {
        const schema = schemas[said.log]
        assert.ok(schema, said.log)
        met.add(said.log)
        const fits = ajv.validate(schema, said.fields)
        assert.ok(fits, `${said.log} ${JSON.stringify(said.fields)}: ${ajv.errorsText()}`)
      }
    }
  }
  // No real capture of the Azureus DHT may be shipped: its messages are tested as made ones.
  const expected = Object.keys(schemas).filter((log) => log !== 'bittorrent_vuze_dht')
  assert.deepEqual([...met].sort(), expected.sort())
})

test('bittorrent_dht has the keys of Suricata and no other', () => {
  const { properties } = dhtLogs.bittorrent_dht
  // rust/src/bittorrent_dht/logger.rs, in its order.
  assert.deepEqual(Object.keys(properties), [
    'transaction_id',
    'client_version',
    'request_type',
    'request',
    'response',
    'error',
  ])
  assert.deepEqual(Object.keys(properties.request.properties), [
    'id',
    'target',
    'info_hash',
    'token',
    'implied_port',
    'port',
  ])
  assert.deepEqual(Object.keys(properties.response.properties), [
    'id',
    'nodes',
    'nodes6',
    'values',
    'token',
  ])
})
