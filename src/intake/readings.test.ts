/** Flows being read: how many at once, what is left of those that are read no more, what is kept. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../core/address.ts'
import { limits } from '../core/limits.ts'
import type { Moment, Session } from '../core/protocol.ts'
import { A, B, Bench, C, cardOf, whisper } from './engine-in-test.ts'

/** A protocol whose session does what a test wants. */
function reading(session: Partial<Session>, otherwise: Parameters<typeof cardOf>[1] = {}) {
  const nothing: Session = {
    need: 0,
    messages: 1,
    lost: false,
    data: (_, bytes) => bytes.length,
    gap: () => undefined,
    end: () => undefined,
  }
  // The object itself, so that what the test changes in it is seen.
  const complete = Object.assign(session, { ...nothing, ...session })
  return cardOf('script', {
    starts: { tcp: [], udp: [] },
    recognise: () => ({ part: 'any', sureness: 'certain', reasons: ['always'] }),
    openSession: () => complete,
    ...otherwise,
  })
}

test('too many flows being read: the oldest are read no more, and keep their names', () => {
  const bench = new Bench()
  const endOf = (i: number): Endpoint => ({ ip: '10.0.0.1', port: i % 60_000 })
  const otherOf = (i: number): Endpoint => ({ ...B, port: 1 + Math.floor(i / 60_000) })
  const send = (i: number, text: string) => bench.udp(endOf(i), otherOf(i), text)
  const step = bench.micros
  for (let i = 1; i <= limits.sessionsMax; i++) {
    send(i, 'whisper hello')
    bench.micros = step
  }
  assert.equal(bench.engine.accounts.limits.get('sessionsMax'), undefined)
  const before = bench.texts.length
  send(limits.sessionsMax + 1, 'whisper hello')
  assert.ok(bench.engine.accounts.limits.get('sessionsMax')! >= 1)
  send(1, 'not read')
  send(limits.sessionsMax, 'read')
  send(limits.sessionsMax + 1, 'read')
  assert.equal(bench.texts.length, before + 3)
  bench.end()
  const [first] = bench.flows
  assert.deepEqual([first!.flow, first!.p2p?.sureness, first!.packets[0]], [1, 'certain', 2])
  assert.ok(bench.flows.every(({ p2p }) => p2p?.family === 'whisper'))
  // Every session was ended once.
  const ended = bench.engine.accounts.messages.get('whisper')!.get('end')
  assert.equal(ended, limits.sessionsMax + 1)
})

test('a protocol without a session names its flows, which are then let go', () => {
  const card = reading({})
  delete (card as { openSession?: unknown }).openSession
  const bench = new Bench([card])
  bench.udp(A, B, 'one').udp(A, B, 'two')
  bench.tcp(A, C).open().send(0, 'three').send(1, 'four').close()
  bench.end()
  assert.deepEqual(
    bench.flows.map(({ p2p }) => p2p?.part),
    ['any', 'any'],
  )
  assert.equal(bench.recognitions.length, 2)
})

test('a session that gives up in the middle is asked no more, and ended once', () => {
  const calls: string[] = []
  const session = {
    lost: false,
    data(_: number, bytes: Uint8Array) {
      calls.push('data')
      session.lost = calls.length >= 2
      return bytes.length
    },
    gap: () => void calls.push('gap'),
    end: () => void calls.push('end'),
  }
  const bench = new Bench([reading(session)])
  const tcp = bench.tcp().open().send(0, 'one').send(1, 'two')
  tcp.send(0, 'three').lose(0, 10).send(0, 'four').acknowledge(1, 5).close()
  bench.end()
  assert.deepEqual(calls, ['data', 'data', 'end'])
  assert.equal(bench.flows[0]!.p2p?.part, 'any')
})

test('a session that gives up while first datagrams are read to it is asked no more', () => {
  let asked = 0
  const session = {
    lost: false,
    data(_: number, bytes: Uint8Array) {
      asked++
      session.lost = true
      return bytes.length
    },
  }
  const patient = reading(session, {
    recognise: ({ datagrams }) =>
      datagrams.length < 3 ? 'more' : { part: 'any', sureness: 'certain', reasons: ['three'] },
  })
  const bench = new Bench([patient])
  for (let i = 0; i < 4; i++) bench.udp(A, B, `hello ${i}`)
  bench.end()
  assert.equal(asked, 1)
})

test('a session is told when and in which frame its bytes came, and at the end the last one', () => {
  const told: [string, number, number][] = []
  const note = (what: string, { frame, micros }: Moment) => told.push([what, frame, micros])
  const session: Partial<Session> = {
    data(_, bytes, at) {
      note('data', at)
      return bytes.length
    },
    gap: (_, __, at) => note('gap', at),
    end: (at) => note('end', at),
  }
  const bench = new Bench([reading(session)])
  const start = bench.micros
  const tcp = bench.tcp().open().send(0, 'one')
  bench.wait(7)
  tcp.send(1, 'two').close()
  bench.wait(3)
  bench.end()
  assert.deepEqual(told, [
    ['data', 4, start + 3000],
    ['data', 5, start + 7_004_000],
    ['end', 7, start + 7_006_000],
  ])
})

test('bytes that a session leaves are given again, with what came after them', () => {
  const seen: string[] = []
  const session = {
    need: 0,
    data(_: number, bytes: Uint8Array) {
      seen.push(String.fromCharCode(...bytes))
      session.need = bytes.length < 6 ? 6 : 0
      return bytes.length < 6 ? 0 : bytes.length
    },
  }
  const bench = new Bench([reading(session)])
  bench.tcp().open().send(0, 'ab').send(0, 'cd').send(1, 'other!').send(0, 'efg').close()
  bench.end()
  assert.deepEqual(seen, ['ab', 'other!', 'abcdefg'])
})

test('faults and messages are counted by wire and family', () => {
  const card = reading(
    {},
    {
      openSession: (_, out) => ({
        need: 0,
        messages: 1,
        lost: false,
        data(side, bytes) {
          out.count('piece')
          out.count('piece')
          out.say({ type: 'fault', wire: 'script', fault: 'bad', side, at: 3, resumes: true })
          return bytes.length
        },
        gap: () => undefined,
        end: () => undefined,
      }),
    },
  )
  const bench = new Bench([card, whisper])
  bench.udp(A, B, 'one').end()
  const { messages, faults } = bench.engine.accounts
  assert.deepEqual([...messages.get('script')!], [['piece', 2]])
  assert.deepEqual([...faults.get('script')!], [['bad', 1]])
  const [fault] = bench.of('fault')
  const { family, flow, capture, frame, ends, carrier } = fault!
  assert.deepEqual(
    { family, flow, capture, frame, ends, carrier },
    { family: 'script', flow: 1, capture: 'one.pcap', frame: 1, ends: [A, B], carrier: 'udp' },
  )
})

test('a claim teaches the frame it stands in, whatever packet is being read again', () => {
  const bench = new Bench()
  const tcp = bench.tcp().open()
  tcp.send(0, `~ claim ${C.ip} ${C.port} talk both\n`)
  const frame = bench.frame
  for (let i = 0; i < limits.lookSegments; i++) tcp.send(1, 'x\n')
  bench.udp({ ip: '192.0.2.9', port: 9 }, C, Uint8Array.of(0x80, 1, 2))
  bench.end()
  const named = bench.flows.find(({ p2p }) => p2p?.part === 'secret')
  assert.equal(named?.p2p?.taughtBy?.frame, frame)
})
