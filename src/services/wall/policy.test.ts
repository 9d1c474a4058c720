/** Rules say who, what and when; the first that fits decides, and slips are told with their place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlowVerdict } from '../../core/event.ts'
import type { NamedNetwork } from './networks.ts'
import { type Asked, Policy, policyFaults } from './policy.ts'
import { wallSchema } from './schema.ts'

const NETWORKS: readonly NamedNetwork[] = [
  { name: 'office', cidrs: ['192.0.2.0/25', '2001:db8:1::/48'] },
  { name: 'lab', cidrs: ['192.0.2.128/25'], policy: 'allow' },
  { name: 'guests', cidrs: ['203.0.113.0/24'], policy: 'forbid' },
]

/** Friday 20 November 2026, 09:00 UTC. */
const FRIDAY_NINE = 1_795_165_200_000_000
const HOUR = 3_600_000_000

const VERDICT: FlowVerdict = {
  family: 'template',
  part: 'peer',
  sureness: 'likely',
  reasons: ['it spoke'],
}

function policy(config: object): Policy {
  return new Policy(wallSchema.parse(config), NETWORKS)
}

function asked(more: Partial<Asked> = {}, ip = '192.0.2.7'): Asked {
  return {
    host: { ip, port: 40_000 },
    peer: { ip: '198.51.100.9', port: 6881 },
    direction: 'out',
    verdict: VERDICT,
    ...more,
  }
}

function decide(rules: readonly object[], about: Asked, micros = FRIDAY_NINE) {
  const { action, rule } = policy({ rules }).decide(about, micros)
  return `${action} by ${rule}`
}

test('without rules, what is likely is blocked, what is unsure watched, a neighbour let be', () => {
  const plain = policy({})
  const said = (more: Partial<FlowVerdict>, ip?: string) => {
    const { action, rule } = plain.decide(asked({ verdict: { ...VERDICT, ...more } }, ip), 0)
    return `${action} by ${rule}`
  }
  assert.equal(said({}), 'block by peer-to-peer')
  assert.equal(said({ sureness: 'certain' }), 'block by peer-to-peer')
  assert.equal(said({ sureness: 'unsure' }), 'watch by no rule fits')
  assert.equal(said({ neighbour: true, sureness: 'certain' }), 'permit by neighbours')
  assert.equal(said({}, '192.0.2.200'), 'permit by networks that may')
  assert.equal(said({ sureness: 'unsure' }, '203.0.113.4'), 'block by network guests')
})

test('who: address, network, name of a network, account, MAC; the first rule that fits decides', () => {
  const accounts = { alice: ['192.0.2.7', '02:00:00:00:00:AA'] }
  const rules = [
    { name: 'one', who: ['192.0.2.1'], do: 'permit' },
    { name: 'net', who: ['192.0.2.0/30'], do: 'watch' },
    { name: 'alice', who: ['alice'], do: 'throttle 1MB/s' },
    { name: 'office', who: ['office'], do: 'block drop' },
  ]
  const by = (ip: string, mac?: string) =>
    policy({ accounts, rules }).decide(asked({ mac }, ip), 0).rule
  assert.equal(by('192.0.2.1'), 'one')
  assert.equal(by('192.0.2.2'), 'net')
  assert.equal(by('192.0.2.7'), 'alice')
  assert.equal(by('198.51.100.1', '02:00:00:00:00:aa'), 'alice')
  assert.equal(by('192.0.2.8'), 'office')
  assert.equal(by('2001:db8:1:5::1'), 'office')
  assert.equal(by('2001:db8:2::1'), 'no rule fits')
})

test('what: family, part, sureness, kind of file, direction', () => {
  const one = (what: object, about: Asked) => decide([{ name: 'it', what, do: 'block' }], about)
  const hit = 'block by it'
  assert.equal(one({ family: ['template'] }, asked()), hit)
  assert.notEqual(one({ family: ['other'] }, asked()), hit)
  assert.equal(one({ part: ['tracker', 'peer'] }, asked()), hit)
  assert.notEqual(one({ part: ['tracker'] }, asked()), hit)
  assert.notEqual(one({ sureness: 'certain' }, asked()), hit)
  assert.equal(one({ sureness: 'unsure' }, asked()), hit)
  assert.notEqual(one({ kind: ['video'] }, asked()), hit)
  assert.equal(one({ kind: ['video'] }, asked({ kinds: new Set(['audio', 'video']) })), hit)
  assert.notEqual(one({ direction: 'in' }, asked()), hit)
  assert.equal(one({ direction: 'out' }, asked({ direction: 'within' })), hit)
  assert.equal(one({ direction: 'in' }, asked({ direction: 'in' })), hit)
})

test('a neighbour is meant only where it is asked for, or named', () => {
  const vpn = asked({ verdict: { ...VERDICT, neighbour: true } })
  assert.equal(decide([{ do: 'block' }], vpn), 'permit by neighbours')
  assert.equal(decide([{ what: { neighbour: true }, do: 'block' }], vpn), 'block by rule 1')
  assert.equal(
    decide([{ what: { neighbour: true }, do: 'block' }], asked()),
    'watch by no rule fits',
  )
  assert.equal(decide([{ what: { family: ['template'] }, do: 'block' }], vpn), 'block by rule 1')
})

test('when: hours and days of a time zone, also past midnight', () => {
  const at = (when: object, hours: number, zone = 'UTC') =>
    policy({ zone, rules: [{ when, do: 'block' }] }).decide(asked(), FRIDAY_NINE + hours * HOUR)
      .action === 'block'
  assert.equal(at({ hours: ['08:00-18:00'] }, 0), true)
  assert.equal(at({ hours: ['08:00-18:00'] }, 9), false)
  assert.equal(at({ hours: ['08:00-09:00'] }, 0), false)
  assert.equal(at({ days: ['mon-thu'] }, 0), false)
  assert.equal(at({ days: ['fri'] }, 0), true)
  assert.equal(at({ days: ['sat-mon'] }, 24), true)
  // Friday's night ends on Saturday: 09:00 and 17 hours is Saturday 02:00.
  const night = { days: ['fri'], hours: ['22:00-06:00'] }
  assert.equal(at(night, 13), true)
  assert.equal(at(night, 17), true)
  assert.equal(at(night, 21), false)
  assert.equal(at(night, -7), false)
  // 09:00 UTC is 10:00 in Berlin in winter, and 18:00 in Tokyo.
  assert.equal(at({ hours: ['10:00-10:30'] }, 0, 'Europe/Berlin'), true)
  assert.equal(at({ hours: ['10:00-10:30'] }, 0, 'Asia/Tokyo'), false)
})

test('in mode deny only named ports and applications pass', () => {
  const permit = { ports: ['tcp/443', '53', 'udp/6000-6100'], applications: ['template'] }
  const denying = policy({ mode: 'deny', permit })
  assert.equal(denying.permits('tcp', 443, true), true)
  assert.equal(denying.permits('udp', 443, true), false)
  assert.equal(denying.permits('udp', 53, true), true)
  assert.equal(denying.permits('udp', 6100, true), true)
  assert.equal(denying.permits('tcp', 8080, true), false)
  // It may turn out to be the application that is permitted.
  assert.equal(denying.permits('tcp', 8080, false), true)
  assert.equal(policy({ mode: 'deny' }).permits('tcp', 8080, false), false)
  assert.equal(policy({}).permits('tcp', 8080, true), true)
  assert.equal(policy({ mode: 'deny', permit, rules: [] }).decide(asked(), 0).action, 'permit')
  const other = asked({ verdict: { ...VERDICT, family: 'other' } })
  assert.equal(policy({ mode: 'deny', permit, rules: [] }).decide(other, 0).action, 'block')
})

test('measures hold rates, spans and thresholds', () => {
  const of = (text: string) => policy({ rules: [{ name: 'r', do: text }] }).decide(asked(), 0)
  assert.deepEqual(of('throttle 1MB/s'), {
    ...{ action: 'throttle', rate: 1_000_000, per: 'host', rule: 'r' },
  })
  assert.deepEqual(of('throttle 8 Mbit/s per flow'), {
    ...{ action: 'throttle', rate: 1_000_000, per: 'flow', rule: 'r' },
  })
  assert.deepEqual(of('block drop for 10m after 10 in 1h'), {
    ...{ action: 'block', how: 'drop', seconds: 600, rule: 'r' },
    after: { count: 10, seconds: 3600 },
  })
  assert.deepEqual(of('block'), { action: 'block', how: 'reset', rule: 'r' })
})

test('what cannot be meant is told with its path', () => {
  const slip = (config: object) => {
    const issue = wallSchema.safeParse(config).error?.issues[0]
    return `${issue?.path.join('.')}: ${issue?.message}`
  }
  assert.match(
    slip({ rules: [{ do: 'permit' }, { do: 'bloc' }] }),
    /^rules\.1\.do: is not permit, /,
  )
  assert.match(slip({ rules: [{ do: 'throttle 0kB/s' }] }), /^rules\.0\.do: /)
  assert.match(slip({ rules: [{ do: 'block for 0m' }] }), /^rules\.0\.do: /)
  assert.match(
    slip({ rules: [{ do: 'block', when: { hours: ['8-9'] } }] }),
    /when\.hours\.0: is not/,
  )
  assert.match(slip({ rules: [{ do: 'block', when: { days: ['mon-xx'] } }] }), /when\.days\.0: /)
  assert.match(slip({ permit: { ports: ['tcp/70000'] } }), /^permit\.ports\.0: is not a port/)
  assert.match(slip({ zone: 'Mars/Olympus' }), /^zone: is no time zone/)
  assert.match(slip({ timelock: 'never' }), /^timelock: is neither off/)
  assert.match(slip({ limits: { flows: '10' } }), /^limits\.flows: is not a number in a span/)
  assert.equal(
    wallSchema.safeParse({ rules: [{ do: 'block', what: { kind: ['song'] } }] }).success,
    false,
  )

  const config = wallSchema.parse({
    accounts: { bob: ['192.0.2.9', 'nobody'] },
    permit: { applications: ['template', 'x'] },
    rules: [
      { who: ['office', 'bob'], do: 'block' },
      { who: ['office', 'nowhere'], what: { family: ['template', 'y'] }, do: 'block' },
    ],
  })
  const faults = policyFaults(config, NETWORKS, ['template'])
  assert.deepEqual(
    faults.map(({ path, says }) => `${path.join('.')}: ${says}`),
    [
      'accounts.bob.1: nobody is no address, network or MAC',
      'rules.1.who.1: nowhere is no address, network, MAC or account',
      'rules.1.what.family.1: y is no protocol',
      'permit.applications.1: x is no protocol',
    ],
  )
})
