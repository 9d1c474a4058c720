/** A view survives the address bar, and an address that somebody made up shows something harmless. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changed, hashOf, titleOf, viewOf } from './view.ts'

test('what is shown comes back from its own address', () => {
  const view = changed(viewOf(''), {
    screen: 'flows',
    span: { from: 1_700_000_000_000_000, to: 1_700_000_060_000_001 },
    where: 'host==2001:db8::/32 && software~"a/b?c#d"',
    order: 'bytes',
    descending: false,
    page: 3,
    open: '1.42',
    frame: 7,
    paused: true,
  })
  assert.deepEqual(viewOf(hashOf(view)), view)
})

test('a key may hold what separates parts of an address', () => {
  const view = changed(viewOf(''), { screen: 'swarm', key: 'urn:tree:tiger:A/B?C&D#E%' })
  assert.deepEqual(viewOf(hashOf(view)), view)
})

test('the first screen has the shortest address', () => {
  assert.equal(hashOf(viewOf('')), '#/now')
})

test('nonsense becomes the first screen without choices', () => {
  const hash = '#/wp-admin/%E0%A4?from=9&to=3&page=-1&sort=sideways&run=1e9&last=0'
  assert.equal(hashOf({ ...viewOf(hash), key: '' }), '#/now')
})

test('a screen that there is not is told, and left behind by the next step', () => {
  assert.equal(viewOf('#/nowhere?run=3').missing, 'nowhere')
  assert.equal(changed(viewOf('#/nowhere'), { screen: 'now' }).missing, undefined)
  for (const hash of ['', '#/', '#/now', '#/host/192.0.2.1']) {
    assert.equal(viewOf(hash).missing, undefined, hash)
  }
})

test('another screen keeps the time and the capture, not the choices of the first', () => {
  const flows = viewOf('#/flows?from=1&to=2&run=3&where=port%3D%3D80&page=2&open=1.1&paused=1')
  assert.equal(
    hashOf(changed(flows, { screen: 'host', key: '192.0.2.1' })),
    '#/host/192.0.2.1?from=1&to=2&run=3&paused=1',
  )
})

test('what a map shows comes back, and what is no network does not', () => {
  const view = changed(viewOf(''), {
    ...{ screen: 'dark', net: '198.51.100.0/24', cell: '198.51.100.7/32', all: true },
    ...{ sources: 50, hours: 3 },
  })
  assert.deepEqual(viewOf(hashOf(view)), view)
  const nonsense = viewOf('#/dark?net=<b>&cell=1.2.3.4%2F33&sources=5')
  assert.deepEqual(
    [nonsense.net, nonsense.cell, nonsense.sources, nonsense.hours],
    ['', '', undefined, undefined],
  )
})

test('a choice is taken away by saying undefined', () => {
  const view = viewOf('#/now?from=1&to=2')
  assert.equal(hashOf(changed(view, { span: undefined })), '#/now')
})

test('a tab is called by what it shows', () => {
  const title = (hash: string, screen: string) => titleOf(viewOf(hash), screen)
  assert.equal(title('', 'Now'), 'Now – Peerscope')
  assert.equal(title('#/host/10.0.0.5', 'Hosts'), '10.0.0.5 – Peerscope')
  assert.equal(title('#/flows?where=port%3D%3D80', 'Flows'), 'Flows where port==80 – Peerscope')
  assert.equal(title('#/flows?where=port%3D%3D80&open=1.7', 'Flows'), 'Flow 1.7 – Peerscope')
  assert.equal(title('#/elsewhere', 'Now'), 'No such screen – Peerscope')
  // Whoever made the link may have put signs into it that turn what follows.
  assert.equal(title('#/swarm/a%E2%80%AEb', 'Swarms'), 'a\\u{202e}b – Peerscope')
})
