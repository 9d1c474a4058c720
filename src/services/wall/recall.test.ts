/**
 * What the kernel lets pass by its mark is judged again: when its ends are known, when the policy is
 * another one, when an hour begins.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../../core/address.ts'
import type { Carrier } from '../../core/event.ts'
import { wallSchema } from './schema.ts'
import {
  CERTAIN,
  claim,
  flowEnd,
  HOST,
  NEIGHBOUR,
  OTHER,
  PASS,
  PASS_UNREAD,
  PEER,
  recognition,
  SECOND,
  START,
  Yard,
} from './wall-in-test.ts'

/** Where the host listens. */
const LISTENS = { ip: HOST.ip, port: 50_000 }
/** Somebody who calls from a port that nobody named. */
const CALLER = { ip: '198.51.100.20', port: 40_001 }
/** Read from its middle: nobody can. */
const OLD = { state: 'nothing', isNew: true } as const
const NETWORKS = [{ name: 'ours', cidrs: ['192.0.2.0/24'] }]

/** A wall that has been there for a while. */
function standing(config: object = {}): Yard {
  const yard = new Yard(config)
  assert.equal(yard.wall.nextReview(START), 'all')
  assert.equal(yard.wall.nextReview(START), undefined)
  return yard
}

function connection(opener: Endpoint, other: Endpoint, mark = 9, carrier: Carrier = 'tcp') {
  return { ends: [opener, other] as const, carrier, mark }
}

/** The announcement of a host of ours. */
function announces(yard: Yard, about = LISTENS): void {
  yard.wall.consume({ ...claim(about), by: HOST, ends: [HOST, PEER], via: 'announce' })
}

test('older than the wall and unreadable: it ends once its host is caught and its end was named', () => {
  const yard = standing()
  assert.deepEqual(yard.packet(1, { ...OLD, ends: [HOST, OTHER] }), PASS_UNREAD)
  yard.names(OTHER)
  const known = connection(HOST, OTHER)
  assert.equal(yard.wall.nextReview(START), 'unread')
  // Somebody named it, and nothing else speaks against its host: that is unsure.
  assert.equal(yard.wall.review(known, 'unread', START), false)
  const later = START + 10 * SECOND
  yard.packet(2, { p2p: CERTAIN, micros: later })
  assert.equal(yard.wall.nextReview(later), 'unread')
  assert.equal(yard.wall.review(known, 'unread', later), true)
  // A peer has more ports than those that are named.
  assert.equal(yard.wall.review(connection(HOST, { ...OTHER, port: 2 }), 'unread', later), true)
  // Neither what is plainly something else, nor another host's, nor what nobody named.
  for (const each of [
    connection(HOST, OTHER, 1),
    connection(NEIGHBOUR, OTHER),
    connection(HOST, { ...OTHER, port: 443 }),
    connection(HOST, { ...OTHER, ip: '198.51.100.77' }),
  ]) {
    assert.equal(yard.wall.review(each, 'unread', later), false)
  }
  // Once is enough.
  assert.equal(yard.wall.review(known, 'unread', later), false)
  const told = { ends: [HOST, OTHER], side: 1, state: 'nothing', micros: later } as const
  assert.deepEqual(yard.packet(1, told), { verdict: 'drop', mark: 4, reset: 'both' })
  assert.equal(yard.said.at(-1), 'refuse by named to a caught host')
  assert.equal(yard.decisions.at(-1)!.taughtBy?.via, 'tracker')
})

test('who called is known by its address, and by the port of ours that it called', () => {
  const yard = standing()
  const calls = connection(CALLER, LISTENS)
  announces(yard)
  assert.equal(yard.wall.review(calls, 'unread', START), false)
  // Both ends are known: that is likely, which the policy blocks.
  yard.names({ ip: CALLER.ip, port: 6881 })
  assert.equal(yard.wall.review(calls, 'unread', START), true)
  // What comes first may be sent by ours.
  const packet = { ...OLD, ends: [LISTENS, CALLER] } as const
  assert.equal(yard.packet(1, packet).verdict, 'drop')
  const { action, rule, sureness, part, why } = yard.decisions.at(-1)!
  assert.deepEqual([action, rule, sureness, part], ['block', 'peer-to-peer', 'likely', 'peer'])
  assert.deepEqual(why, [
    'nobody could read it',
    '198.51.100.20 was named by 198.51.100.1 via tracker',
    '192.0.2.7:50000 takes part, told by announce',
  ])
  // Now the host is caught, the port alone is enough.
  const stranger = connection({ ...CALLER, ip: '203.0.113.9' }, LISTENS)
  assert.equal(yard.wall.review(stranger, 'unread', START), true)
  assert.equal(yard.packet(2, { ...OLD, ends: stranger.ends, side: 1 }).verdict, 'drop')
  assert.equal(yard.said.at(-1), 'refuse by port of a caught host')
  const web = connection(CALLER, { ...LISTENS, port: 8080 })
  assert.equal(
    yard.wall.review({ ...web, ends: [stranger.ends[0], web.ends[1]] }, 'unread', START),
    false,
  )
})

test('a port of ours is known by a certain flow to it, not by what somebody else says of it', () => {
  const yard = standing()
  yard.wall.consume(claim(LISTENS))
  yard.packet(1, { isNew: true, isSyn: true, ends: [CALLER, LISTENS] })
  yard.packet(9, { p2p: CERTAIN })
  const old = connection({ ...CALLER, ip: '203.0.113.9' }, LISTENS)
  assert.equal(yard.wall.review(old, 'unread', START), false)
  const certain = { sureness: 'certain', ends: [CALLER, LISTENS] } as const
  yard.wall.consume(recognition(1, certain))
  assert.equal(yard.wall.review(old, 'unread', START), true)
  // Of datagrams, either side's port is the one that it listens on, for connections too.
  const tracker = { ip: '198.51.100.2', port: 6969 }
  const asks = { ...LISTENS, port: 3000 }
  yard.wall.consume(recognition(7, { sureness: 'certain', carrier: 'udp', ends: [asks, tracker] }))
  assert.equal(yard.wall.review(connection(CALLER, asks), 'unread', START), true)
  // A connection that ours opened says nothing of a port of ours.
  yard.wall.consume(recognition(1, { ...certain, ends: [{ ...LISTENS, port: 2000 }, PEER] }))
  assert.equal(
    yard.wall.review(connection(CALLER, { ...LISTENS, port: 2000 }), 'unread', START),
    false,
  )
})

test('unreadable from its first byte, and its end is known already: it does not pass', () => {
  const yard = standing({ queue: { packets: 2 } })
  yard.names(OTHER)
  yard.packet(1, { p2p: CERTAIN })
  const udp = { carrier: 'udp', ends: [OTHER, LISTENS] } as const
  announces(yard)
  // A datagram of DNS's size to a port of ours, of which nobody knows anything.
  const unknown = { ...udp, ends: [{ ip: '203.0.113.9', port: 4000 }, LISTENS] } as const
  assert.equal(yard.packet(2, { ...unknown, isNew: true }).verdict, 'accept')
  assert.deepEqual(yard.packet(2, { ...unknown, side: 1 }), { verdict: 'drop', mark: 4 })
  assert.equal(yard.said.at(-1), 'refuse by port of a caught host')
})

test('a first datagram that looks like nothing passes, until its end is named to a caught host', () => {
  const six = { ip: '2001:db8::7', port: 6881 }
  const [host, peer] = [{ ip: 'fd00::7', port: 6881 }, six]
  const yard = new Yard({})
  yard.wall.usePolicy(wallSchema.parse({}), [{ name: 'ours', cidrs: ['fd00::/8'] }])
  yard.wall.nextReview(START)
  const udp = { carrier: 'udp', ends: [host, peer] } as const
  assert.deepEqual(yard.packet(1, { ...udp, isNew: true, state: 'nothing' }), PASS_UNREAD)
  yard.packet(2, { p2p: CERTAIN, ends: [host, { ...peer, ip: '2001:db8::8' }] })
  const passing = connection(host, peer, 9, 'udp')
  assert.equal(yard.wall.review(passing, 'unread', START), false)
  yard.names(peer, START, host)
  assert.equal(yard.wall.review(passing, 'unread', START), true)
  assert.deepEqual(yard.packet(1, { ...udp, state: 'nothing' }), { verdict: 'drop', mark: 4 })
})

test('news are taken together: the connections are gone through once in five seconds', () => {
  const yard = standing()
  const at = (seconds: number) => yard.wall.nextReview(START + seconds * SECOND)
  yard.names(OTHER)
  assert.equal(at(0), 'unread')
  yard.names({ ...OTHER, port: 2 })
  assert.equal(at(1), undefined)
  assert.equal(at(5), 'unread')
  yard.names(OTHER)
  assert.equal(at(20), undefined, 'it was known')
  yard.names({ ip: '198.51.100.11', port: 443 })
  assert.equal(at(20), undefined, 'its port is spared')
  // A clock that was set back holds nothing up.
  yard.names({ ...OTHER, port: 3 })
  assert.equal(at(-3600), 'unread')
})

test('with another policy all that has a mark comes up again, and what was known of it counts', () => {
  const yard = standing({ rules: [{ name: 'all', do: 'permit' }] })
  assert.deepEqual(yard.packet(1, { p2p: CERTAIN }), PASS)
  assert.deepEqual(yard.packet(2, { p2p: CERTAIN, ends: [HOST, OTHER] }), PASS)
  assert.deepEqual(yard.packet(3, { p2p: CERTAIN, ends: [HOST, CALLER] }), PASS)
  // Whoever reads hears no more of them; the kernel lets two of them go on.
  yard.wall.consume({ ...flowEnd(2), reason: 'timeout' })
  yard.wall.consume({ ...flowEnd(3), reason: 'closed' })
  yard.wall.usePolicy(wallSchema.parse({}), NETWORKS)
  assert.equal(yard.wall.nextReview(START), 'all')
  for (const mark of [1, 2, 4, 9, 0xff01]) {
    assert.equal(yard.wall.review(connection(HOST, PEER, mark), 'all', START), true)
  }
  assert.equal(yard.wall.review(connection(HOST, PEER, 0xff00), 'all', START), false)
  assert.equal(yard.packet(1, { p2p: CERTAIN, side: 1 }).verdict, 'drop')
  assert.equal(yard.packet(4, { ...OLD, ends: [OTHER, HOST] }).verdict, 'drop')
  assert.deepEqual(yard.packet(5, { ...OLD, ends: [{ ...CALLER, port: 7 }, HOST] }), PASS_UNREAD)
  assert.deepEqual(yard.said.slice(3), ['block by peer-to-peer', 'block by peer-to-peer'])
})

test('what was suspected for its ends is read anew by another policy', () => {
  const throttles = { rules: [{ name: 'slow', do: 'throttle 1MB/s' }] }
  const yard = standing(throttles)
  yard.names(OTHER)
  const old = { ...OLD, ends: [HOST, OTHER] } as const
  assert.equal(yard.packet(1, old).mark, 2)
  assert.deepEqual([yard.decisions[0]!.sureness, yard.decisions[0]!.part], ['unsure', 'peer'])
  // One that the reader forgot, and one that it has.
  yard.packet(2, { ...old, ends: [HOST, { ...OTHER, ip: PEER.ip }] })
  yard.wall.consume({ ...flowEnd(1), ends: [HOST, OTHER], reason: 'timeout' })
  yard.wall.usePolicy(wallSchema.parse({}), NETWORKS)
  assert.deepEqual(yard.packet(3, { ...old, isNew: true }), PASS_UNREAD)
  // It was not blocked for being unsure; once its host is caught it is.
  yard.packet(4, { p2p: CERTAIN })
  assert.equal(yard.wall.review(connection(HOST, OTHER), 'unread', START), true)
})

test('a list of the new policy holds for connections that are there', () => {
  const lists = new Set<string>()
  const listed = (ip: string) => (lists.has(ip) ? 'level1' : undefined)
  const yard = new Yard({}, { listed })
  assert.deepEqual(yard.packet(1, { isNew: true, isSyn: true, state: 'nothing' }), PASS)
  lists.add(PEER.ip)
  yard.wall.usePolicy(wallSchema.parse({}), NETWORKS)
  assert.equal(yard.packet(1, { state: 'nothing' }).verdict, 'drop')
  assert.deepEqual(yard.said, ['block by list level1'])
})

test('connections that come up again are no new ones of their host', () => {
  const yard = standing({ limits: { flows: '1 in 1h' } })
  assert.deepEqual(yard.packet(1, { isNew: true, isSyn: true, state: 'nothing' }), PASS)
  const older = { ...OLD, ends: [HOST, OTHER] } as const
  assert.deepEqual(yard.packet(2, older), PASS_UNREAD)
  yard.wall.usePolicy(wallSchema.parse({ limits: { flows: '1 in 1h' } }), NETWORKS)
  assert.deepEqual(yard.packet(1, { state: 'nothing' }), PASS)
  assert.deepEqual(yard.packet(3, { isNew: true, isSyn: true, state: 'nothing' }), PASS)
  assert.equal(yard.packet(4, { isNew: true, isSyn: true }).verdict, 'drop')
})

test('a rule whose hour begins holds for what goes on', () => {
  // 09:00 UTC.
  const rules = [
    { name: 'night', when: { hours: ['10:00-11:00'] }, do: 'throttle 1MB/s' },
    { name: 'day', do: 'permit' },
  ]
  const yard = standing({ rules })
  const at = (seconds: number) => {
    yard.wall.tick(START + seconds * SECOND)
    return yard.wall.nextReview(START + seconds * SECOND)
  }
  assert.deepEqual(yard.packet(1, { p2p: CERTAIN }), PASS)
  assert.equal(at(0), undefined)
  assert.equal(at(3599), undefined)
  assert.equal(at(3600), 'all')
  assert.equal(at(3601), undefined)
  const { mark, rate } = yard.packet(1, { p2p: CERTAIN, micros: START + 3601 * SECOND })
  assert.deepEqual([mark, rate], [2, 1_000_000])
  assert.equal(at(7200), 'all')
  assert.deepEqual(yard.packet(1, { p2p: CERTAIN, micros: START + 7201 * SECOND }), PASS)
  assert.deepEqual(yard.said, ['permit by day', 'throttle by night', 'permit by day'])
})

test('what had the shape is cut when its host is held, though nobody heard of it for long', () => {
  const yard = standing()
  const odd = { ...OLD, fit: 'like noise', ends: [HOST, OTHER] } as const
  assert.deepEqual(yard.packet(1, odd), PASS_UNREAD)
  yard.wall.consume({ ...flowEnd(1), ends: [HOST, OTHER], reason: 'timeout' })
  const passing = connection(HOST, OTHER)
  assert.equal(yard.wall.review(passing, 'unread', START), false)
  yard.packet(2, { p2p: CERTAIN })
  assert.equal(yard.wall.review(passing, 'unread', START), true)
  assert.equal(yard.packet(3, { ...OLD, ends: [OTHER, HOST] }).verdict, 'drop')
  assert.equal(yard.said.at(-1), 'lock by peer-to-peer')
})
