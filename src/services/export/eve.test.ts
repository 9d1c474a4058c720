/** Every line of EVE is what Suricata's users and our own schema expect. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Eve } from './eve.ts'
import { eveSchema } from './eve-schema.ts'
import { EVENTS, FLOW, STAMP } from './fake-events.ts'

const TOTALS = {
  packets: 100,
  bytes: 9000,
  flows: 3,
  firstMicros: 1_795_165_200_000_000,
  lastMicros: 1_795_165_261_900_000,
  packetCounts: { read: 99, 'not-ip': 1 },
  messages: { template: { hello: 2, 'good-bye': 1 } },
  faults: { 'template/peer': { 'too-long': 1 } },
  limits: { flowsMax: 1 },
  damage: [{ capture: 'a.pcap', offset: 24, cause: 'cut short' }],
}

const SCHEMA = eveSchema({
  template: {
    type: 'object',
    properties: { type: { type: 'string' } },
    additionalProperties: false,
  },
})

function parsed(line: string | undefined) {
  assert.ok(line !== undefined && !line.includes('\n'))
  return JSON.parse(line) as Record<string, unknown>
}

test('every kind of event holds against the schema', () => {
  const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(SCHEMA)
  const eve = new Eve()
  const live = { received: 110, dropped: 10, ringUse: 0.125, lagMillis: 60 }
  const stats = [eve.stats(TOTALS), eve.stats({ ...TOTALS, live })]
  const lines = [...EVENTS.map((event) => eve.line(event)), ...stats]
  for (const line of lines) {
    const value = parsed(line)
    assert.ok(validate(value), `${line}\n${JSON.stringify(validate.errors)}`)
  }
  const watched = parsed(lines.at(-1)).stats as Record<string, unknown>
  assert.deepEqual(watched.capture, { kernel_packets: 110, kernel_drops: 10 })
  const flow = parsed(lines[0])
  assert.equal(validate({ ...flow, extra: 1 }), false)
  assert.equal(validate({ ...flow, timestamp: '2026-11-20T09:00:00.123456Z' }), false)
  assert.equal(validate({ ...flow, flow_id: undefined }), false)
  assert.equal(validate({ ...flow, stats: {} }), false)
  assert.equal(validate({ ...flow, p2p: { family: 'template' } }), false)
})

test('a flow is told as Suricata tells it, with what Peerscope knows beside it', () => {
  const line = parsed(new Eve().line(FLOW))
  assert.equal(line.timestamp, '2026-11-20T09:01:01.000001+0000')
  assert.equal(line.pcap_cnt, 3)
  assert.equal(line.community_id, '1:Ffn6W7ffDvUoCj5R+mkxNzcdx3k=')
  assert.deepEqual(line.flow, {
    pkts_toserver: 10,
    pkts_toclient: 12,
    bytes_toserver: 1000,
    bytes_toclient: 20_000,
    start: '2026-11-20T09:00:00.000000+0000',
    end: '2026-11-20T09:01:01.000001+0000',
    age: 61,
    state: 'established',
    reason: 'shutdown',
    alerted: false,
  })
  assert.deepEqual(line.tcp, {
    tcp_flags: '1b',
    tcp_flags_ts: '1b',
    tcp_flags_tc: '1a',
    ...{ syn: true, fin: true, psh: true, ack: true, state: 'fin_wait1' },
  })
  assert.deepEqual(line.p2p, {
    family: 'template',
    part: 'peer',
    sureness: 'likely',
    reasons: ['bytes like noise from the first on', 'it was named'],
    taught_by: {
      pcap_filename: 'a.pcap',
      pcap_cnt: 2,
      via: 'tracker',
      by: { ip: '203.0.113.5', port: 80 },
      endpoint: { ip: '198.51.100.2', port: 6881 },
      timestamp: '2026-11-20T08:59:59.000000+0000',
      content: 'urn:btih:0123456789012345678901234567890123456789',
    },
  })
})

test('a flow that is not P2P says nothing of P2P', () => {
  const { p2p, ...plain } = FLOW
  assert.ok(p2p)
  const line = parsed(new Eve().line(plain))
  assert.equal('p2p' in line, false)
  assert.equal('app_proto' in line, false)
})

test('source and destination follow who spoke; all events of a flow share its id', () => {
  const eve = new Eve()
  const lines = EVENTS.map((event) => parsed(eve.line(event)))
  const ofFlow7 = lines.filter((line) => line.community_id === lines[0]!.community_id)
  assert.ok(ofFlow7.length >= 10)
  for (const line of ofFlow7) assert.equal(line.flow_id, lines[0]!.flow_id)
  const source = (type: string) => lines.find((line) => line.event_type === type)!.src_ip
  assert.equal(source('template'), '198.51.100.2')
  assert.equal(source('p2p_claim'), '198.51.100.2')
  assert.equal(source('p2p_request'), '192.0.2.1')
  assert.equal(source('p2p_transfer'), '198.51.100.2')
  assert.equal(source('anomaly'), '198.51.100.2')
})

test('ICMP has a type and a code, other protocols without ports have neither', () => {
  const eve = new Eve()
  const icmp = parsed(eve.line(EVENTS[2]!))
  assert.equal(icmp.icmp_type, 13)
  assert.equal(icmp.icmp_code, 0)
  assert.equal('src_port' in icmp, false)
  const { tcpFlags, ...rest } = FLOW
  assert.ok(tcpFlags)
  const gre = parsed(eve.line({ ...rest, flow: 99, proto: '47', protoNumber: 47 }))
  assert.equal('src_port' in gre || 'icmp_type' in gre, false)
})

test('a message goes to its log word for word; a recognition is told only when taken back', () => {
  const eve = new Eve()
  const fields = { type: 'x', list: [{ ip: '192.0.2.1', port: 1 }], text: '"\u0000\u2028' }
  const said = { ...STAMP, type: 'message', log: 'some_log', name: 'x', side: 0, fields } as const
  assert.deepEqual(parsed(eve.line(said)).some_log, fields)
  const recognition = { ...STAMP, type: 'recognition', part: 'p', sureness: 'certain' } as const
  assert.equal(eve.line({ ...recognition, reasons: [] }), undefined)
})

test('what a wall does not let pass is a drop, as Suricata tells it; the rest is a line of its own', () => {
  const eve = new Eve()
  const [blocked, refused, opening, watched] = EVENTS.filter(({ type }) => type === 'decision').map(
    (event) => parsed(eve.line(event)),
  )
  assert.equal(blocked!.event_type, 'drop')
  assert.deepEqual(blocked!.drop, { reason: 'rules' })
  assert.deepEqual(blocked!.verdict, {
    action: 'drop',
    'reject-target': 'both',
    reject: ['tcp-reset'],
  })
  assert.equal(blocked!.app_proto, 'template')
  assert.deepEqual(blocked!.p2p_wall, {
    ...{ action: 'block', how: 'reset', rule: 'no "sharing"', host: '192.0.2.1' },
    ...{ family: 'template', part: 'peer', sureness: 'certain', reasons: ['it spoke'] },
  })
  assert.equal(refused!.event_type, 'drop')
  // The packet came from the other side: 111 bytes of IPv4 with its head.
  const { src_ip, dest_ip, direction, drop } = refused!
  assert.deepEqual([src_ip, dest_ip, direction], ['198.51.100.2', '192.0.2.1', 'to_client'])
  assert.deepEqual(drop, { len: 131, ttl: 63, reason: 'rules' })
  // A SYN over IPv6: its length is told without the head of 40 bytes; nobody but its sender is told.
  assert.equal(opening!.direction, 'to_server')
  assert.deepEqual(opening!.drop, { len: 40, hoplimit: 64, reason: 'rules' })
  assert.deepEqual(opening!.verdict, {
    ...{ action: 'drop', 'reject-target': 'to_client', reject: ['tcp-reset'] },
  })
  assert.deepEqual(refused!.verdict, { action: 'drop' })
  assert.equal((refused!.p2p_wall as { taught_by: { via: string } }).taught_by.via, 'tracker')
  assert.equal(watched!.event_type, 'p2p_wall')
  assert.deepEqual(watched!.verdict, { action: 'pass' })
  assert.equal('drop' in watched!, false)
})

test('absurd times do not break the format', () => {
  const eve = new Eve()
  for (const micros of [-5, Number.NaN, 1e19, 0.7, 1_795_165_261_000_001.5]) {
    const { timestamp } = parsed(eve.line({ type: 'limit', limit: 'x', count: 1, micros }))
    assert.match(String(timestamp), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+[+-]\d+$/)
  }
})
