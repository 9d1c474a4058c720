/** The log has ftwall's classes: which letters a decision gets, and which are asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision } from '../../core/event.ts'
import { ClassLog, logClasses } from './log-classes.ts'

const BLOCKED: Decision = {
  type: 'decision',
  micros: 0,
  flow: 1,
  ends: [
    { ip: '192.0.2.7', port: 40_000 },
    { ip: '198.51.100.9', port: 6881 },
  ],
  carrier: 'tcp',
  capture: 'queue 0',
  frame: 4,
  action: 'block',
  how: 'reset',
  rule: 'peer-to-peer',
  host: '192.0.2.7',
  family: 'template',
  why: ['it spoke', 'twice\n'],
}

test('all letters of a decision', () => {
  const log = new ClassLog(logClasses('uUtTcp')!)
  const line = 't 192.0.2.7:40000 > 198.51.100.9:6881 block peer-to-peer: it spoke; twice'
  const [client, peer, told] = log.lines(BLOCKED)
  assert.equal(client, 'c 192.0.2.7 template')
  assert.equal(peer, 'p 198.51.100.9:6881 template')
  assert.ok(told!.startsWith(line) && !told!.includes('\n'), told)
  // Host and peer are known now.
  assert.deepEqual(
    log.lines({ ...BLOCKED, carrier: 'udp', action: 'watch', why: [] }).map((text) => text[0]),
    ['U'],
  )
})

test('only what is asked for', () => {
  const of = (letters: string, more: Partial<Decision>) =>
    new ClassLog(logClasses(letters)!).lines({ ...BLOCKED, ...more }).map((text) => text[0])
  assert.deepEqual(of('T', {}), [])
  assert.deepEqual(of('T', { action: 'permit' }), ['T'])
  assert.deepEqual(of('u', { carrier: 'udp', action: 'refuse' }), ['u'])
  assert.deepEqual(of('c', {}), ['c'])
  // Whose family nobody knows is no client.
  const { family, ...nameless } = BLOCKED
  assert.equal(family, 'template')
  assert.deepEqual(new ClassLog(logClasses('cp')!).lines(nameless), [])
})

test('a letter that is none', () => {
  assert.equal(logClasses('uX'), undefined)
  assert.deepEqual([...logClasses('tt')!], ['t'])
})
