/** A graph stays small enough to be seen, and who told whom first stays to be seen in it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Call, drawn, type Step } from './graph.ts'

const at = (second: number) => ({
  ...{ run: 1, micros: second, capture: 'a', frame: second, flow: `1.${second}` },
  ...{ count: 1, lastMicros: second, family: 'f' },
})
const step = (second: number, by: string, to: string, about = 'x'): Step => ({
  ...at(second),
  ...{ by, to, about, via: 'pex' },
})
const call = (second: number, by: string, about = 'x'): Call => ({
  ...{ ...at(second), by, about, answered: false },
})
const TARGET = { ip: 'x', name: 'x:1' }

const layers = ({ nodes }: ReturnType<typeof drawn>) =>
  nodes.map(({ layer, name, hosts }) => `${layer} ${name} ${hosts}`)

test('who told first stands left, also where they tell each other in a circle', () => {
  const tellings = [step(1, 'a', 'b'), step(2, 'b', 'c'), step(3, 'c', 'a'), step(4, 'd', 'b')]
  const graph = drawn(tellings, [], { nodesMax: 10, target: TARGET })
  assert.deepEqual(layers(graph), ['0 a 1', '0 d 1', '1 b 1', '2 c 1', '3 x:1 1'])
})

test('callers that nobody told are one node, unless they are few', () => {
  const calls = Array.from({ length: 7 }, (_, i) => call(i, `10.0.0.${i}`))
  const one = drawn([step(1, 'a', 'b')], [call(9, 'b'), ...calls], { nodesMax: 10, target: TARGET })
  assert.deepEqual(layers(one), ['0 a 1', '1 callers 7', '1 b 1', '2 x:1 1'])
  const [, , theirs] = one.edges
  assert.deepEqual([theirs?.from, theirs?.count, theirs?.frame], ['callers', 7, 0])
  const few = drawn([], calls.slice(0, 6), { nodesMax: 10, target: TARGET })
  assert.equal(few.nodes.length, 7)
})

test('too many are put together by network, just as far as is needed; who is alone stays', () => {
  const hosts = ['10.0.0.1', '10.0.0.2', '10.0.1.1', '10.0.1.2', '192.0.2.9', '2001:db8::1']
  const tellings = hosts.map((ip, i) => step(i + 1, '203.0.113.1', ip))
  const draw = (nodesMax: number) => drawn(tellings, [], { nodesMax, target: TARGET })
  assert.equal(draw(8).nodes.length, 8)
  assert.deepEqual(
    draw(6).nodes.map(({ name }) => name),
    ['203.0.113.1', '10.0.0.0/24', '10.0.1.0/24', '192.0.2.9', '2001:db8::1', 'x:1'],
  )
  assert.deepEqual(layers(draw(5)).slice(1, 2), ['1 10.0.0.0/16 4'])
  const [edge] = draw(5).edges.filter(({ to }) => to === '10.0.0.0/16')
  assert.deepEqual([edge?.count, edge?.frame, edge?.lastMicros], [4, 1, 4])
})

test('those who told first stay single, whoever else is put together', () => {
  const ip = (i: number) => `10.0.0.${i}`
  const tellings = Array.from({ length: 40 }, (_, i) => step(i + 1, ip(i % 3), ip(10 + i)))
  const names = drawn(tellings, [], { nodesMax: 9, target: TARGET }).nodes.map(({ name }) => name)
  assert.deepEqual(names, ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.0/24', 'x:1'])
})

test('thousands are never more nodes than asked for', () => {
  const ip = (i: number) => `${1 + (i % 220)}.${i % 251}.${i % 241}.${i % 239}`
  const tellings = Array.from({ length: 5000 }, (_, i) => step(i, ip(i), ip(7 * i + 1)))
  for (const nodesMax of [300, 30, 3]) {
    const { nodes } = drawn(tellings, [], { nodesMax, target: TARGET })
    assert.ok(nodes.length <= nodesMax, `${nodes.length} of ${nodesMax}`)
  }
})
