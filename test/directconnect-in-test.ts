/** For tests: what both dialects of Direct Connect share of a scenario. */
import assert from 'node:assert/strict'
import type { Event } from '../src/core/event.ts'
import { typed } from './lab-in-test.ts'

/** The same orders are given in both: three files and two lists are fetched. */
export function assertMovedAndListed(events: readonly Event[]): void {
  const moved = typed(events, 'transfer').map(({ from, to, bytes, content }) => [
    from.ip,
    to.ip,
    bytes,
    content?.replace(/[A-Z2-7]{39}$/, 'ROOT'),
  ])
  const files = moved.filter(([, , , content]) => content === 'urn:tree:tiger:ROOT')
  assert.deepEqual(files, [
    ['198.51.100.2', '192.0.2.1', 350_000, 'urn:tree:tiger:ROOT'],
    ['198.51.100.2', '203.0.113.4', 350_000, 'urn:tree:tiger:ROOT'],
    ['203.0.113.4', '192.0.2.1', 90_000, 'urn:tree:tiger:ROOT'],
  ])
  const listed = typed(events, 'share').filter(({ via }) => via === 'file-list')
  assert.deepEqual(listed.map(({ name }) => name).sort(), [
    'orchestra tuning.ogg',
    'quiet harbour.ogg',
  ])
}
