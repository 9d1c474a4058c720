/**
 * `peerscope taint` with real software: aria2 is told marks by a tracker, tells others within seconds of those
 * it spoke with and of no others, and the capture that is kept says the same. A command that ends at once, and
 * a machine where nothing can be examined, are said.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TaintReport } from '../../src/app/commands/taint.ts'
import { readCaptures } from '../../src/app/pipeline.ts'
import { SUSPECT_IP } from '../../src/app/taint/scene.ts'
import type { Event } from '../../src/core/event.ts'
import { temporaryFolder } from '../../src/core/temporary-folder-in-test.ts'
import { readMark } from '../../src/services/taint/marks.ts'
import { cannotRun } from './network.ts'

const MAIN = join(import.meta.dirname, '../../src/app/main.js')
const SECONDS = 20
const skip = cannotRun(['aria2c'])

function taint(...words: readonly string[]) {
  return spawnSync(process.execPath, [MAIN, 'taint', ...words], { encoding: 'utf8' })
}

test('aria2 passes on who speaks the protocol, as told', { skip }, async (context) => {
  const folder = temporaryFolder(context)
  const capture = join(folder, 'taint.pcapng')
  const options = ['--client', 'aria2', '--seconds', String(SECONDS), '--marks', '2']
  const { stdout, stderr, status } = taint(...options, '--json', '-w', capture)
  assert.equal(status, 0, stderr)
  const report = JSON.parse(stdout) as TaintReport
  assert.equal(report.software, `aria2 ${report.version}`)
  assert.deepEqual([report.seconds, report.dropped, report.ended], [SECONDS, 0, undefined])
  const tracked = report.fed.filter(({ channel }) => channel === 'tracker')
  assert.deepEqual(
    tracked.map(({ group, fed, called }) => `${group} ${fed} ${called}`),
    ['silent 2 2', 'answering 2 2', 'peer 2 2'],
  )
  const exchanged = report.told.filter(({ via, channel }) => via === 'pex' && channel === 'tracker')
  assert.deepEqual(
    exchanged.map(({ group, order, port, marks }) => `${group} ${order} ${port} ${marks}`),
    ['peer identity same 2'],
  )
  const row = report.classes.find(({ channel, via }) => channel === 'tracker' && via === 'pex')
  assert.equal(row?.passes, 'handshake-only')
  const events: Event[] = []
  await readCaptures({ files: [capture] }, (event) => events.push(event))
  const told = events.flatMap((event) =>
    event.type === 'claim' && event.via === 'pex' && event.by.ip === SUSPECT_IP
      ? [readMark(event.about)?.group]
      : [],
  )
  assert.ok(told.length > 0)
  // Only the third group: peers.
  assert.deepEqual([...new Set(told.filter((group) => group !== undefined))], [2])
})

test('a command that ends at once is said, with what it wrote', { skip }, () => {
  const ends = (script: string) => taint('-q', '--seconds', '20', '--', 'sh', '-c', script)
  const { stdout, stderr, status } = ends('echo {port}; exit 7')
  assert.equal(status, 1)
  assert.match(stderr, /^peerscope: the client ended with 7 after \d s:\n45100\n$/)
  assert.equal(stdout, '')
  assert.match(ends('exit 1').stderr, /the client ended with 1 after \d s, and wrote nothing\n$/)
})

test('what is not known, not installed or not allowed is said', () => {
  assert.deepEqual(wrong('--client', 'nobody'), [2, 'known are transmission'])
  assert.deepEqual(wrong(), [2, 'no command'])
  assert.deepEqual(wrong('--feed', 'rumour', '--client', 'aria2'), [2, 'fed by tracker'])
  assert.deepEqual(wrong('--client', 'amule', '--overlay', 'bittorrent'), [2, 'speaks edonkey'])
  assert.deepEqual(wrong('--', 'no-such-program'), [1, 'no-such-program is not installed'])
  assert.deepEqual(wrong('--user', 'no-such-user', '--', 'true'), [2, 'there is no such user'])
})

/** @returns the exit status, and that of the sentences that it says */
function wrong(...words: readonly string[]): [number | null, string] {
  const { stderr, status } = taint(...words)
  const sentences = [
    ...['known are transmission', 'no command', 'fed by tracker'],
    ...['speaks edonkey', 'no-such-program is not installed', 'there is no such user'],
  ]
  return [status, sentences.find((each) => stderr.includes(each)) ?? stderr]
}
