/** What a person names is found: incidents by number, contents by hash, addresses; and who may know, in events. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { endpointText } from '../../core/address.ts'
import type { Incident } from '../../core/event.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { protocols } from '../../protocols/index.ts'
import { Eve } from '../../services/export/eve.ts'
import { kindsOf, type Subject, seedOf, subjectOf } from './subject.ts'

const FOLDER = temporaryFolder()

const KINDS = kindsOf(protocols)
const FAMILY = [...KINDS.keys()].find((name) => KINDS.get(name)!.contentOf?.('5a'.repeat(20)))!
const CONTENT = KINDS.get(FAMILY)!.contentOf!('5a'.repeat(20))!
const TARGET = { ip: '10.99.3.7', port: 4662 }
const CALLER = { ip: '192.0.2.9', port: 40_000 }
const END = { capture: 'a', frame: 1, flow: 1, micros: 1, ends: [CALLER, TARGET], carrier: 'tcp' }

function incident(target: { ip: string; port: number }, ...contents: string[]): Incident {
  return {
    ...{ type: 'incident', micros: 1, state: 'closed', family: FAMILY, target },
    ...{ startMicros: 1, endMicros: 2, peak: 101, sources: 101, counting: 'exact' },
    ...{ targetShare: 1, hours: [], software: [] },
    contents: contents.map((name) => ({ name, count: 1 })),
  }
}

function subject(words: readonly string[], lines: readonly string[]): Subject {
  const path = join(FOLDER, 'events')
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
  return subjectOf(words, path, undefined, KINDS)
}

const texts = ({ goals, targets }: Subject): unknown[] => [
  goals.map(({ content }) => content),
  targets.map(({ ip, port }) => (port === undefined ? ip : endpointText({ ip, port }))),
]

test('The third incident is the third, in NDJSON, in EVE and in a report', () => {
  // The first and the last are of the same target, a day apart.
  const first = { ...incident(TARGET, 'urn:x:1'), startMicros: 86_400e6 }
  const other = incident({ ip: '10.99.0.1', port: 1 }, 'urn:x:2')
  const all = [first, other, incident(TARGET, CONTENT)]
  const eve = new Eve()
  const open = all.map((each) => ({ ...each, state: 'open', contents: [] }))
  for (const lines of [
    [...open, ...all].map((each) => JSON.stringify(each)),
    all.map((each) => eve.line(each)!),
    [JSON.stringify({ incidents: all })],
  ]) {
    assert.deepEqual(texts(subject(['3'], lines)), [['urn:x:1', CONTENT], ['10.99.3.7:4662']])
    assert.deepEqual(texts(subject(['2'], lines)), [['urn:x:2'], ['10.99.0.1:1']])
  }
})

test('Of an address, what was asked of it and told of it is what is asked about', () => {
  const lines = [
    { type: 'request', by: CALLER, of: TARGET, what: 'handshake', content: CONTENT },
    { type: 'claim', by: CALLER, about: TARGET, via: 'pex', part: 'peer', content: 'urn:x:2' },
    { type: 'claim', by: CALLER, about: CALLER, via: 'pex', part: 'peer', content: 'urn:x:3' },
  ].map((event) => JSON.stringify({ family: FAMILY, ...END, ...event }))
  const of = (word: string) => texts(subject([word], lines))
  assert.deepEqual(of('10.99.3.7'), [[CONTENT, 'urn:x:2'], ['10.99.3.7']])
  assert.deepEqual(of('10.99.3.7:4662'), [[CONTENT, 'urn:x:2'], ['10.99.3.7:4662']])
  assert.deepEqual(of('10.99.3.7:1'), [[], ['10.99.3.7:1']])
})

test('Callers that say where they listen, and endpoints that were told, may know', () => {
  const listens = { ip: '192.0.2.9', port: 6881 }
  const lines = [
    { type: 'client', who: CALLER, software: 'x', listens },
    { type: 'client', who: CALLER, software: 'without' },
    { type: 'claim', by: CALLER, about: TARGET, via: 'a', part: 'dht', id: 'ab' },
    { type: 'claim', by: CALLER, about: TARGET, via: 'a', part: 'peer', content: 'urn:other:1' },
    { type: 'flow' },
    'not an event',
  ].map((event) => JSON.stringify({ family: FAMILY, ...END, ...(event as object) }))
  const { seeds, claims } = subject([CONTENT], lines)
  assert.deepEqual(
    seeds.map(({ part, at, id }) => `${part} ${endpointText(at)} ${id ?? ''}`.trim()),
    ['peer 192.0.2.9:6881', 'dht 10.99.3.7:4662 ab'],
  )
  assert.equal(claims.length, 2)
})

test('Whom to ask is read as part, address and what belongs to it', () => {
  const [seed] = seedOf('tracker@[2001:db8::1]:6969/announce?key=1', KINDS)
  assert.deepEqual(seed, {
    family: FAMILY,
    part: 'tracker',
    at: { ip: '2001:db8::1', port: 6969 },
    extra: '/announce?key=1',
    hops: 0,
  })
  for (const wrong of ['tracker', 'tracker@host:1', 'tracker@10.0.0.1:0', '@10.0.0.1:1', '']) {
    assert.throws(() => seedOf(wrong, KINDS), /say PART@ADDRESS:PORT/, wrong)
  }
})
