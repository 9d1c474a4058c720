/** The table of first bytes: who is asked about a flow, and whose answer counts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../core/bytes.ts'
import type { Carrier } from '../core/event.ts'
import type { Look, Protocol, Sight } from '../core/protocol.ts'
import { cardOf } from './engine-in-test.ts'
import { type Recognised, Recogniser, union } from './recognise.ts'

const NOTHING = new Uint8Array(0)
const END = { ip: '192.0.2.1', port: 1 }

function lookOf(final = false): Look {
  return {
    carrier: 'tcp',
    fromStart: true,
    heads: [NOTHING, NOTHING],
    totals: [0, 0],
    segments: [],
    datagrams: [],
    ends: [END, END],
    final,
  }
}

/** Names of those who want a flow that begins so. */
function wantedBy(recogniser: Recogniser, carrier: Carrier, begin: string | Uint8Array): string[] {
  // Inside a larger buffer: what stands around the payload must not count.
  const payload = typeof begin === 'string' ? bytesOf(begin) : begin
  const bytes = new Uint8Array(payload.length + 4).fill(0x41)
  bytes.set(payload, 2)
  return namesIn(recogniser, recogniser.wanted(carrier, bytes, 2, payload.length))
}

function namesIn(recogniser: Recogniser, set: number): string[] {
  const { protocols } = recogniser
  return protocols.filter((_, index) => Math.floor(set / 2 ** index) % 2 === 1).map((p) => p.name)
}

function answering(name: string, sight: Sight | ((look: Look) => Sight)): Protocol {
  const recognise = typeof sight === 'function' ? sight : () => sight
  return cardOf(name, { starts: { tcp: [] }, recognise })
}

function finding(sureness: 'certain' | 'likely' | 'unsure') {
  return { part: 'x', sureness, reasons: [sureness] } as const
}

test('a flow is shown to those whose starts it has', () => {
  const recogniser = new Recogniser([
    cardOf('words', { starts: { tcp: ['HELLO', 'HE'] } }),
    cardOf('bytes', { starts: { tcp: [Uint8Array.of(0x48, 0x00), Uint8Array.of(0xff)] } }),
    cardOf('range', { starts: { tcp: [{ byteFrom: 0x48, byteTo: 0x4a }], udp: ['H'] } }),
    cardOf('all', { starts: { udp: [] } }),
  ])
  assert.deepEqual(wantedBy(recogniser, 'tcp', 'HELLO you'), ['words', 'range'])
  assert.deepEqual(wantedBy(recogniser, 'tcp', 'HARRY'), ['range'])
  assert.deepEqual(wantedBy(recogniser, 'tcp', Uint8Array.of(0x48, 0)), ['bytes', 'range'])
  assert.deepEqual(wantedBy(recogniser, 'tcp', Uint8Array.of(0xff)), ['bytes'])
  assert.deepEqual(wantedBy(recogniser, 'tcp', 'J'), ['range'])
  assert.deepEqual(wantedBy(recogniser, 'tcp', 'G'), [])
  assert.deepEqual(wantedBy(recogniser, 'tcp', 'K'), [])
  assert.deepEqual(wantedBy(recogniser, 'udp', 'H'), ['range', 'all'])
  assert.deepEqual(wantedBy(recogniser, 'udp', Uint8Array.of(0)), ['all'])
})

test('fewer bytes than a start may still become it', () => {
  const recogniser = new Recogniser([cardOf('words', { starts: { tcp: ['HELLO'] } })])
  assert.deepEqual(wantedBy(recogniser, 'tcp', 'HEL'), ['words'])
  assert.deepEqual(wantedBy(recogniser, 'tcp', 'HEX'), [])
  assert.deepEqual(wantedBy(recogniser, 'tcp', 'HELLX'), [])
})

test('a carrier that a card does not name is never shown, whatever its starts say', () => {
  const recogniser = new Recogniser([
    cardOf('udp-only', { carriers: ['udp'], starts: { tcp: ['H'], udp: ['H'] } }),
    cardOf('no-starts', { starts: {} }),
  ])
  assert.deepEqual(wantedBy(recogniser, 'tcp', 'H'), [])
  assert.deepEqual(wantedBy(recogniser, 'udp', 'H'), ['udp-only'])
  // From the middle of a connection the starts say nothing: everybody who bears the carrier.
  assert.deepEqual(namesIn(recogniser, recogniser.everybody('tcp')), ['no-starts'])
  assert.deepEqual(namesIn(recogniser, recogniser.everybody('udp')), ['udp-only', 'no-starts'])
})

test('sets hold more protocols than an integer has bits', () => {
  const cards = Array.from({ length: 52 }, (_, i) =>
    cardOf(`p${i}`, { starts: { tcp: i % 2 === 0 ? ['H'] : ['I'] } }),
  )
  const recogniser = new Recogniser(cards)
  const even = recogniser.wanted('tcp', bytesOf('H'), 0, 1)
  const odd = recogniser.wanted('tcp', bytesOf('I'), 0, 1)
  assert.equal(namesIn(recogniser, even).at(-1), 'p50')
  assert.equal(namesIn(recogniser, odd).at(-1), 'p51')
  assert.equal(union(even, odd), 2 ** 52 - 1)
  assert.equal(union(even, even), even)
  assert.equal(union(0, odd), odd)
  assert.equal(union(odd, 0), odd)
})

test('only those of the set are asked', () => {
  const asked: string[] = []
  const note = (name: string) =>
    answering(name, () => {
      asked.push(name)
      return 'no'
    })
  const recogniser = new Recogniser([note('a'), note('b'), note('c')])
  assert.deepEqual(recogniser.ask(0b101, lookOf()), { answer: 'no', open: 0 })
  assert.deepEqual(asked, ['a', 'c'])
})

test('who is certain ends the asking', () => {
  const asked: string[] = []
  const recogniser = new Recogniser([
    answering('maybe', finding('likely')),
    answering('sure', finding('certain')),
    answering('late', () => {
      asked.push('late')
      return finding('certain')
    }),
  ])
  const { answer, open } = recogniser.ask(0b111, lookOf())
  assert.deepEqual(answer, { index: 1, finding: finding('certain') })
  assert.equal(open, 0)
  assert.deepEqual(asked, [])
})

test('while more can be shown, nobody below certain is believed', () => {
  const recogniser = new Recogniser([
    answering('maybe', finding('likely')),
    answering('more', 'more'),
    answering('no', 'no'),
  ])
  // Those who said no are not asked again.
  assert.deepEqual(recogniser.ask(0b111, lookOf()), { answer: 'more', open: 0b011 })
  assert.deepEqual(recogniser.ask(0b001, lookOf()), { answer: 'more', open: 0b001 })
  assert.deepEqual(recogniser.ask(0b100, lookOf()), { answer: 'no', open: 0 })
})

test('what is settled is believed before the end, unless somebody is surer', () => {
  const settled = { ...finding('likely'), settled: true } as const
  const recogniser = new Recogniser([
    answering('more', 'more'),
    answering('settled', settled),
    answering('sure', finding('certain')),
  ])
  assert.deepEqual(recogniser.ask(0b011, lookOf()).answer, { index: 1, finding: settled })
  assert.equal((recogniser.ask(0b111, lookOf()).answer as Recognised).index, 2)
})

test('at the end the surest wins, and among equals the first', () => {
  const recogniser = new Recogniser([
    answering('unsure', finding('unsure')),
    answering('likely', finding('likely')),
    answering('too', finding('likely')),
    answering('more', 'more'),
  ])
  assert.deepEqual(recogniser.ask(0b1111, lookOf(true)).answer, {
    index: 1,
    finding: finding('likely'),
  })
  assert.deepEqual(recogniser.ask(0b1001, lookOf(true)).answer, {
    index: 0,
    finding: finding('unsure'),
  })
  assert.equal(recogniser.ask(0b1000, lookOf(true)).answer, 'no')
})

test('what a flow could be is said with whose word it is', () => {
  const fit = (part: string) => ({ part, taughtAs: [], reason: part })
  const recogniser = new Recogniser([
    cardOf('silent'),
    cardOf('one', { fits: () => [fit('a')] }),
    cardOf('none', { fits: () => [] }),
    cardOf('two', { fits: () => [fit('b'), fit('c')] }),
  ])
  assert.equal(recogniser.hasFits, true)
  assert.deepEqual(recogniser.fits(lookOf(true)), [
    { ...fit('a'), index: 1 },
    { ...fit('b'), index: 3 },
    { ...fit('c'), index: 3 },
  ])
  assert.equal(new Recogniser([cardOf('silent')]).hasFits, false)
  assert.deepEqual(new Recogniser([cardOf('silent')]).fits(lookOf(true)), [])
})
