/** Orders that cannot be done are said to fail; of many wishes to be woken the earliest is passed on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TimedPeer } from './ordered-peer.ts'
import type { Order, Peer } from './peer.ts'
import { SiteInTest } from './site-in-test.ts'

class Sleeper extends TimedPeer implements Peer {
  next = Number.POSITIVE_INFINITY
  readonly wokenAt: number[] = []

  opened(): void {}

  data(): number {
    return 0
  }

  closed(): void {}

  datagram(): void {}

  protected obey(order: Order): string | undefined {
    return order.do === 'leave' ? undefined : 'too tired'
  }

  protected woken(nowMicros: number): number {
    this.wokenAt.push(nowMicros)
    return this.next
  }
}

function sleeper() {
  const peer = new Sleeper({ role: 'any', port: 1, nick: 'ann', bugs: [], isFirewalled: false })
  return { peer, site: new SiteInTest(peer) }
}

test('an order that cannot be done fails in its words, another says nothing', () => {
  const { peer, site } = sleeper()
  peer.order({ do: 'leave' })
  assert.deepEqual(site.said, [])
  peer.order({ do: 'search', text: 'lullaby' })
  peer.fail('browse', 'not online')
  assert.deepEqual(site.said, [
    { type: 'failed', order: 'search', why: 'too tired' },
    { type: 'failed', order: 'browse', why: 'not online' },
  ])
})

test('a later wish does not replace an earlier one, until that has come', () => {
  const { peer, site } = sleeper()
  const start = site.nowMicros
  const wishes = [900, 1000, 700].map((micros) => {
    peer.alarm(start + micros)
    return site.wakesAt - start
  })
  assert.deepEqual(wishes, [900, 900, 700])
  peer.next = start + 2000
  site.pass(700)
  assert.deepEqual(peer.wokenAt, [start + 700])
  peer.alarm(start + 3000)
  assert.equal(site.wakesAt, start + 2000)
})

test('one who awaits nothing is not woken, until something is to be awaited', () => {
  const { peer, site } = sleeper()
  peer.wake()
  assert.equal(site.wakesAt, Number.POSITIVE_INFINITY)
  peer.alarm(site.nowMicros + 3000)
  assert.equal(site.wakesAt, site.nowMicros + 3000)
})
