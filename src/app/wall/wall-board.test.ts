/** What a page is told of a wall: rules with hits, what is refused and for how long, what another policy changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision } from '../../core/event.ts'
import type { Refused } from '../../services/wall/judgement.ts'
import { type Config, parseConfig } from '../config/config.ts'
import { settingsOf } from './settings.ts'
import type { WallStatus } from './thread.ts'
import { WallBoard } from './wall-board.ts'

const SECOND = 1_000_000
const OURS = { ip: '192.0.2.7', port: 40_000 }
const PEER = { ip: '198.51.100.9', port: 6881 }
const TRACKER = { ip: '198.51.100.1', port: 80 }

const POLICY = `
networks:
  - { name: staff, cidrs: [192.0.2.0/24] }
wall:
  rules:
    - { name: nights, who: [staff], when: { hours: ["22:00-06:00"], days: [mon-fri] }, do: throttle 1MB/s }
    - { what: { sureness: likely, kind: [video], direction: out }, do: block reset }
`

const DECISION: Decision = {
  type: 'decision',
  ...{ micros: 50 * SECOND, flow: 7, ends: [OURS, PEER], carrier: 'tcp', capture: 'queue 0' },
  ...{ frame: 4, action: 'block', how: 'reset', rule: 'rule 2', host: OURS.ip, why: ['it spoke'] },
}

function refused(seconds: number): Refused {
  const taughtBy = { capture: 'queue 0', frame: 1, via: 'announce', by: TRACKER, micros: 0 }
  const endpoint = PEER
  return {
    ...{ host: OURS.ip, endpoint, carriers: 'both', seconds },
    taughtBy: { ...taughtBy, endpoint },
  }
}

/** A kernel that is told nothing but how many throttle. */
const KERNEL = {
  engine: 'none',
  text: ({ throttles }: { readonly throttles: readonly { rate?: number }[] }) =>
    ['begin', ...throttles.map(({ rate }) => `limit ${rate}`), 'end'].join('\n'),
}

function made(policy = POLICY) {
  let now = 60 * SECOND
  const withFlags = (config: Config) => settingsOf(config, { engine: 'auto' })
  const settings = withFlags(parseConfig(policy, 'p.yaml'))
  const board = new WallBoard(KERNEL, settings, withFlags, () => now)
  const wait = (seconds: number) => {
    now += seconds * SECOND
  }
  return { board, wait, withFlags }
}

const STATUS: WallStatus = {
  ...{
    packets: 9,
    bytes: 900,
    accepted: 8,
    dropped: 1,
    resets: 1,
    decoys: 0,
    cuts: 0,
    unsaid: 0,
    recalled: 0,
  },
  ...{ queue: undefined, refused: 0, hits: [], held: [], lists: [], names: [], limits: {} },
  latency: { upTo: [], packets: 0, seconds: 0 },
}

test('rules are told in words, with their hits; what decided beside them is told too', () => {
  const { board } = made()
  board.run = 3
  board.decision(DECISION)
  board.status({
    ...STATUS,
    hits: [
      { rule: 'rule 2', flows: 5 },
      { rule: 'list bad', flows: 1 },
    ],
  })
  const { rules, others, decisions, counters } = board.state()
  assert.deepEqual(rules, [
    {
      ...{ index: 1, name: 'nights', text: 'staff · all P2P · mon-fri · 22:00-06:00' },
      ...{ action: 'throttle 1MB/s', hits: 0 },
    },
    {
      ...{ index: 2, name: 'rule 2', action: 'block reset', hits: 5, lastMicros: 50 * SECOND },
      text: 'every host · all P2P · at least likely · files: video · opened from our side',
    },
  ])
  assert.deepEqual(others, [{ name: 'list bad', hits: 1 }])
  assert.equal(decisions[0]?.flow, '3.7')
  assert.equal(counters.packets, 9)
  assert.equal(counters.queueDropped, 0)
})

test('of many decisions the newest hundred are told, the newest first', () => {
  const { board } = made()
  for (let flow = 1; flow <= 450; flow++) board.decision({ ...DECISION, flow })
  const { decisions } = board.state()
  assert.equal(decisions.length, 100)
  assert.deepEqual([decisions[0]?.flow, decisions[99]?.flow], ['0.450', '0.351'])
})

test('what is refused is told until its time is over, or until there is another policy', () => {
  const { board, wait } = made()
  board.refuse([refused(90)])
  board.refuse([refused(100)])
  const [told] = board.state().refused.some
  assert.deepEqual(
    [told?.endpoint, told?.by, told?.via, told?.untilMicros],
    [PEER, TRACKER, 'announce', 160 * SECOND],
  )
  assert.equal(board.state().refused.total, 1)
  wait(100)
  assert.deepEqual(board.state().refused, { total: 0, some: [] })
  board.refuse([refused(90)])
  board.usePolicy(parseConfig('', 'p.yaml'))
  assert.equal(board.state().refused.total, 0)
  assert.equal(board.state().rules[0]?.name, 'peer-to-peer')
})

test('a held host is told with since when, as long as somebody heard of it', () => {
  const { board } = made()
  const held = { host: OURS.ip, rule: 'rule 2', untilMicros: 170 * SECOND, refused: 4 }
  const status = {
    ...STATUS,
    queue: { waiting: 2, queueDropped: 3, socketDropped: 0 },
    ...{ held: [held], limits: { wallNamedMax: 1 } },
  }
  board.status(status)
  assert.equal(board.state().held[0]?.sinceMicros, undefined)
  board.host({ host: OURS.ip, state: 'held', rule: 'rule 2', micros: 50 * SECOND })
  const { held: told, counters, limits } = board.state()
  assert.deepEqual(told, [
    {
      ...{ host: OURS.ip, rule: 'rule 2', untilMicros: 170 * SECOND, named: 4 },
      sinceMicros: 50 * SECOND,
    },
  ])
  assert.deepEqual([counters.waiting, counters.queueDropped, limits], [2, 3, { wallNamedMax: 1 }])
})

test('another policy is held against the one in force, and changes nothing', () => {
  const { board } = made()
  const next = POLICY.replace('throttle 1MB/s', 'throttle 2MB/s')
  const { faults, rules, kernel } = board.preview(next)
  assert.deepEqual(faults, [])
  assert.deepEqual(
    rules.map(({ change, name, action }) => `${change} ${name} ${action}`),
    ['gone nights throttle 1MB/s', 'new nights throttle 2MB/s', 'same rule 2 block reset'],
  )
  assert.deepEqual(
    kernel.map(({ change, text }) => `${change} ${text}`),
    ['same begin', 'gone limit 1000000', 'new limit 2000000', 'same end'],
  )
  assert.equal(board.state().rules[0]?.action, 'throttle 1MB/s')
})

test('slips of another policy are told with their lines', () => {
  const { board } = made()
  const { faults, rules } = board.preview(
    'wall:\n  mode: perhaps\n  rules:\n    - { do: nothing }\n',
  )
  assert.deepEqual(
    faults.map(({ line, says }) => `${line} ${says.split(':')[0]}`),
    ['2 wall.mode', '4 wall.rules.0.do'],
  )
  assert.deepEqual(rules, [])
  const [unknown] = board.preview('wall:\n  rules:\n    - { who: [nobody], do: permit }\n').faults
  assert.deepEqual([unknown?.line, unknown?.says.includes('nobody')], [3, true])
})
