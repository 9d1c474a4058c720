/** Orders that cannot be done are said to fail; of many wishes to be woken the earliest is passed on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TimedPeer } from './ordered-peer.ts'
import type { Order, PeerSaid, PeerSettings, Site } from './peer.ts'

const SETTINGS: PeerSettings = { role: 'any', port: 1, nick: 'ann', bugs: [], isFirewalled: false }

class Sleeper extends TimedPeer {
  next = Number.POSITIVE_INFINITY
  readonly wokenAt: number[] = []

  protected obey(order: Order): string | undefined {
    return order.do === 'leave' ? undefined : 'too tired'
  }

  protected woken(nowMicros: number): number {
    this.wokenAt.push(nowMicros)
    return this.next
  }
}

/** A peer that was started, and what it told its site. */
function started() {
  const said: PeerSaid[] = []
  const wishes: number[] = []
  const site: Site = {
    ip: '192.0.2.1',
    nowMicros: 500,
    chance: () => 0,
    listen: () => assert.fail('listens'),
    connect: () => assert.fail('connects'),
    sendTo: () => assert.fail('sends'),
    wakeAt: (micros) => wishes.push(micros),
    say: (each) => said.push(each),
  }
  const peer = new Sleeper(SETTINGS)
  peer.start(site)
  return { peer, said, wishes }
}

test('an order that cannot be done fails in its words, another says nothing', () => {
  const { peer, said } = started()
  peer.order({ do: 'leave' })
  assert.deepEqual(said, [])
  peer.order({ do: 'search', text: 'lullaby' })
  peer.fail('browse', 'not online')
  assert.deepEqual(said, [
    { type: 'failed', order: 'search', why: 'too tired' },
    { type: 'failed', order: 'browse', why: 'not online' },
  ])
})

test('a later wish does not replace an earlier one, until that has come', () => {
  const { peer, wishes } = started()
  for (const micros of [900, 1000, 900, 700]) peer.alarm(micros)
  assert.deepEqual(wishes, [900, 700])
  peer.next = 2000
  peer.wake()
  assert.deepEqual(peer.wokenAt, [500])
  peer.alarm(3000)
  assert.deepEqual(wishes, [900, 700, 2000])
})

test('one who awaits nothing is not woken', () => {
  const { peer, wishes } = started()
  peer.wake()
  assert.deepEqual(wishes, [])
  peer.alarm(3000)
  assert.deepEqual(wishes, [3000])
})
