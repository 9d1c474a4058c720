/** Zeek logs read back by their header to what was said. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../core/event.ts'
import { EVENTS, FLOW, STAMP } from './fake-events.ts'
import { ZeekLogs } from './zeek.ts'
import { connState } from './zeek-conn.ts'
import { listText, secondsText, stringText } from './zeek-log.ts'

/** A reader of Zeek's TSV as strict as Zeek's own input framework about the header. */
function readLog(content: string): { rows: Record<string, string>[]; types: string[] } {
  const lines = content.split('\n')
  assert.equal(lines.pop(), '')
  assert.equal(lines[0], '#separator \\x09')
  const header = new Map<string, string[]>()
  for (const line of lines.slice(1).filter((text) => text.startsWith('#'))) {
    const [key, ...rest] = line.split('\t')
    header.set(key!, rest)
  }
  assert.deepEqual(header.get('#set_separator'), [','])
  assert.deepEqual(header.get('#empty_field'), ['(empty)'])
  assert.deepEqual(header.get('#unset_field'), ['-'])
  assert.match(header.get('#open')![0]!, /^\d{4}(-\d\d){5}$/)
  assert.match(lines.at(-1)!, /^#close\t\d{4}(-\d\d){5}$/)
  const names = header.get('#fields')!
  const types = header.get('#types')!
  assert.equal(types.length, names.length)
  const rows = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const values = line.split('\t')
      assert.equal(values.length, names.length, line)
      return Object.fromEntries(names.map((name, i) => [name, values[i]!]))
    })
  return { rows, types }
}

const SCHEMA = {
  template: {
    type: 'object',
    properties: {
      type: { type: 'string' },
      request: {
        type: 'object',
        properties: { id: { type: 'string' }, port: { type: 'integer', minimum: 0 } },
      },
      nodes: {
        type: 'array',
        items: {
          type: 'object',
          properties: { ip: { type: 'string' }, port: { type: 'integer', minimum: 0 } },
        },
      },
      names: { type: 'array', items: { type: 'string' } },
      fast: { type: 'boolean' },
    },
  },
}

function written(events: readonly Event[]): Map<string, string> {
  const files = new Map<string, string>()
  const open = (path: string) => {
    assert.ok(!files.has(path), `${path} opened twice`)
    files.set(path, '')
    return {
      write: (text: string) => void files.set(path, files.get(path) + text),
      close: () => undefined,
    }
  }
  const logs = new ZeekLogs(open, SCHEMA)
  for (const event of events) logs.consume(event)
  logs.close()
  return files
}

test('conn.log reads back', () => {
  const { rows } = readLog(written(EVENTS).get('conn')!)
  assert.equal(rows.length, EVENTS.filter(({ type }) => type === 'flow').length)
  const row = rows[0]!
  assert.equal(row.ts, '1795165200.000000')
  assert.match(row.uid!, /^C[0-9A-Za-z]{15}$/)
  assert.equal(row['id.orig_h'], '192.0.2.1')
  assert.equal(row['id.resp_p'], '6881')
  assert.equal(row.service, 'template')
  assert.equal(row.duration, '61.000001')
  assert.equal(row.orig_bytes, '480')
  assert.equal(row.resp_ip_bytes, '20000')
  assert.equal(row.conn_state, 'S2')
  assert.equal(row.history, 'ShAaDdF')
  assert.equal(row.p2p_taught_by, 'a.pcap frame 2 tracker')
  assert.equal(rows[2]!.proto, 'icmp')
})

test('messages are flattened with dots, lists of objects become vectors', () => {
  const message = {
    ...STAMP,
    type: 'message',
    log: 'template',
    name: 'x',
    side: 1,
    fields: {
      type: 'a\tb\nc\\d',
      request: { id: '-', port: 7 },
      nodes: [
        { ip: '192.0.2.1', port: 1 },
        { ip: '2001:db8::1', port: 2 },
      ],
      names: ['a,b', '', '-'],
    },
  } as const
  const { rows, types } = readLog(written([message, { ...message, fields: {} }]).get('template')!)
  assert.equal(types.at(-1), 'bool')
  const [row, bare] = rows
  assert.equal(row!.is_orig, 'F')
  assert.equal(row!.type, 'a\\x09b\\x0ac\\\\d')
  assert.equal(row!['request.id'], '\\x2d')
  assert.equal(row!['request.port'], '7')
  assert.equal(row!['nodes.ip'], '192.0.2.1,2001:db8::1')
  assert.equal(row!['nodes.port'], '1,2')
  assert.equal(row!.names, 'a\\x2cb,(empty),\\x2d')
  assert.equal(row!.fast, '-')
  assert.equal(bare!['nodes.ip'], '-')
})

test('claims, hosts, faults and threats have logs; uids join them to conn.log', () => {
  const files = written(EVENTS)
  assert.deepEqual(
    [...files.keys()].sort(),
    ['conn', 'notice', 'p2p_claims', 'p2p_hosts', 'template', 'weird'].sort(),
  )
  const conn = readLog(files.get('conn')!).rows[0]!
  for (const path of ['p2p_claims', 'weird', 'notice', 'template']) {
    assert.equal(readLog(files.get(path)!).rows[0]!.uid, conn.uid, path)
  }
  assert.equal(readLog(files.get('p2p_claims')!).rows[0]!.about_h, '2001:db8::7')
  assert.equal(readLog(files.get('p2p_hosts')!).rows[0]!.score, '87')
  assert.equal(readLog(files.get('weird')!).rows[0]!.name, 'too_long')
})

test('states follow from the flags, in the words of the conn.log manual', () => {
  const state = (opener: number, other: number) =>
    connState({ tcpFlags: [opener, other], packets: [1, 1], protoNumber: 6 })
  // biome-ignore format: a table
  const table = [
    [0x02, 0x00, 'S0'], [0x1a, 0x1a, 'S1'], [0x1b, 0x1b, 'SF'], [0x02, 0x14, 'REJ'],
    [0x1b, 0x1a, 'S2'], [0x1a, 0x1b, 'S3'], [0x1e, 0x1a, 'RSTO'], [0x1a, 0x1e, 'RSTR'],
    [0x06, 0x00, 'RSTOS0'], [0x00, 0x16, 'RSTRH'], [0x03, 0x00, 'SH'], [0x00, 0x13, 'SHR'],
    [0x18, 0x18, 'OTH'],
  ] as const
  for (const [opener, other, expected] of table) assert.equal(state(opener, other), expected)
  assert.equal(connState({ packets: [1, 0], protoNumber: 17 }), 'S0')
  assert.equal(connState({ packets: [1, 1], protoNumber: 17 }), 'SF')
  assert.equal(connState({ packets: [1, 1], protoNumber: 1 }), 'OTH')
})

test('values that look like the header words are escaped', () => {
  assert.equal(stringText(''), '(empty)')
  assert.equal(stringText('(empty)'), '\\x28empty)')
  assert.equal(stringText('-'), '\\x2d')
  assert.equal(listText([]), '(empty)')
  assert.equal(secondsText(1_500_000), '1.500000')
  assert.equal(secondsText(0), '0.000000')
})

test('a flow that is not P2P has no service', () => {
  const { p2p, ...plain } = FLOW
  assert.ok(p2p)
  assert.equal(readLog(written([plain]).get('conn')!).rows[0]!.service, '-')
})
