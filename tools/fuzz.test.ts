/** The fuzzer finds what is broken, and nothing in what is there now. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { message, need } from '../src/core/outcome.ts'
import type { Protocol, Session } from '../src/core/protocol.ts'
import type { Wire } from '../src/core/wire.ts'
import { template } from '../src/protocols/template/index.ts'
import { playOf, playText } from './fuzz/corpus.ts'
import { fixturesOf, record, seedsOf } from './fuzz/seeds.ts'
import { damagedPlay } from './fuzz/targets.ts'
import { fuzz } from './fuzz.ts'

/** Reads a length and believes it: no bound, and 0 is taken for "more". */
const careless: Wire<Uint8Array> = {
  name: 'template/careless',
  source: 'wrong on purpose',
  carrier: 'stream',
  messageBytesMax: 100,
  faults: [],
  parse: (bytes, at) => {
    const size = bytes[at] ?? 1
    return bytes.length - at < size ? need(size) : message(bytes.subarray(at, at + size), size)
  },
  emit: (body) => body,
}

const OPTIONS = { milliseconds: 400, seed: 1, captures: false } as const

test('a careless wire is found out', async () => {
  const card: Protocol = { ...template, wires: [careless] }
  const results = await fuzz({ ...OPTIONS, cards: [card], wire: 'careless' })
  assert.equal(results.length, 1)
  assert.ok(results[0]!.broken.length > 0)
})

test('a session that throws on damage is found out', async () => {
  const throwing = (): Session => ({
    need: 0,
    messages: 0,
    lost: false,
    data: (_from, bytes) => {
      if (bytes[2] === 9) throw new Error('an unknown message')
      return bytes.length
    },
    gap: () => {},
    end: () => {},
  })
  const card: Protocol = { ...template, wires: [], openSession: throwing }
  const results = await fuzz({ ...OPTIONS, milliseconds: 2000, cards: [card] })
  assert.match(results[0]!.broken[0] ?? 'nothing', /an unknown message/)
})

test('fixtures give seeds: every message of the template is one', async () => {
  const flows = await record(template, fixturesOf('template'))
  assert.deepEqual(
    flows.map(({ part, transcript }) => [part, transcript.length]),
    [['peer', 5]],
  )
  assert.equal(seedsOf(template.wires![0]!, flows).length, 5)
  const flow = flows[0]!
  const play = damagedPlay(flow, flow.transcript, 3, (bytes) => bytes)
  assert.deepEqual(playOf(playText(play)), play)
})

test('seconds of fuzzing break nothing: wires, sessions, whole captures', async () => {
  const cards = [template, ...(await import('../src/protocols/index.ts')).protocols]
  const results = await fuzz({ milliseconds: 5000, seed: 20_260_101, cards })
  for (const { target, inputs, broken } of results) {
    assert.deepEqual(broken, [], target)
    assert.ok(inputs > 0, `${target}: no input`)
  }
})
