/** What a flow says of its participants is said once, however often it comes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlowTeller } from './flow-teller.ts'
import { limits } from './limits.ts'
import { factsOf, Kept } from './session-check.ts'

test('one thing of one participant is said once, another thing again', () => {
  const out = new Kept()
  const teller = new FlowTeller(factsOf('tcp', 'any'), out)
  const who = teller.who(1)
  assert.deepEqual(who, { ip: '198.51.100.2', port: 6881 })
  for (const nick of ['a', 'a', 'b']) teller.client({ who, nick })
  for (const port of [1, 2, 2]) teller.client({ who, nick: 'a', listens: { ip: who.ip, port } })
  assert.deepEqual(
    out.of('client').map(({ nick, listens }) => `${nick} ${listens?.port}`),
    ['a undefined', 'b undefined', 'a 1', 'a 2'],
  )
})

test('beyond the bound nobody is named any more', () => {
  const out = new Kept()
  const teller = new FlowTeller(factsOf('udp', 'any'), out)
  for (let i = 0; i <= limits.listedMax; i++) teller.client({ who: teller.who(0), nick: `n${i}` })
  assert.equal(out.of('client').length, limits.listedMax)
})
