/** Scenarios: what is said of one that cannot be played, and where. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseScenario } from './scenario.ts'

const GOOD = `title: Two who shout
seconds: 10
groups:
  alice:
    protocol: shout
    role: shouter
    addresses: 192.0.2.1
    join: { group: bob }
  bob:
    protocol: shout
    role: shouter
    addresses: 198.51.100.0/24
    count: 3
deeds:
  - { at: 5, who: bob, do: die }
expect:
  - { said: joined, by: alice, least: 1 }
`

test('What is not said has its usual value', () => {
  const scenario = parseScenario(GOOD, 'good.yaml')
  assert.equal(scenario.groups.alice?.count, 1)
  assert.equal(scenario.groups.bob?.count, 3)
  assert.deepEqual(scenario.groups.alice?.join, { group: 'bob', times: 1, at: [0, 1] })
  assert.deepEqual(scenario.network, { 'delay-ms': [20, 80], loss: 0 })
})

/** What is wrong, and what is said of it. */
const BAD: readonly [string, string, string, RegExp][] = [
  ['no YAML', 'groups:\n', 'groups: [\n', /^bad\.yaml:\d+: /],
  [
    'a word for a number',
    'count: 3',
    'count: three',
    /^bad\.yaml:13: groups\.bob\.count: .*number/,
  ],
  ['an unknown key', 'role: shouter', 'rolle: shouter', /^bad\.yaml:\d+: groups\.alice/],
  [
    'a group nobody knows',
    'group: bob',
    'group: carol',
    /groups\.alice\.join names a group "carol"/,
  ],
  ['an unknown deed', 'do: die', 'do: dance', /^bad\.yaml:15: deeds\.0\.do: /],
]

for (const [what, from, to, expected] of BAD) {
  test(`A scenario with ${what} says where`, () => {
    assert.throws(() => parseScenario(GOOD.replace(from, to), 'bad.yaml'), {
      name: 'ScenarioError',
      message: expected,
    })
  })
}
