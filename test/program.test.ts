/** What npm installs is the bundle: it starts, loads its commands, and is a library. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { repositoryFile } from '../src/core/repository.ts'

const PACKAGE = JSON.parse(readFileSync(repositoryFile('package.json'), 'utf8')) as {
  version: string
  bin: { peerscope: string }
  exports: { '.': { default: string } }
}
const PROGRAM = repositoryFile(PACKAGE.bin.peerscope)
const SAMPLE = repositoryFile('samples/office.pcap')
const skip = existsSync(PROGRAM) ? false : 'not bundled: npm run build does it'

function run(...args: string[]): string {
  const done = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout
}

test('the program in few files starts and loads each of its commands', { skip }, () => {
  assert.equal(run('--version').trim(), PACKAGE.version)
  assert.match(run('-r', SAMPLE), /BitTorrent/)
  // As capinfos counts.
  assert.equal((JSON.parse(run('info', '--json', SAMPLE)) as { packets: number }).packets, 4242)
  assert.match(run('lab', 'run', '-q', repositoryFile('scenarios/opennap-crowd.yaml')), /opennap/i)
})

test('the library in few files reads events', { skip }, async () => {
  const file = pathToFileURL(repositoryFile(PACKAGE.exports['.'].default)).href
  const { read } = (await import(file)) as typeof import('../src/app/index.ts')
  const families = new Set<string>()
  for await (const event of read(SAMPLE)) {
    if (event.type === 'recognition') families.add(event.family)
  }
  assert.ok(families.has('bittorrent') && families.has('edonkey'), [...families].join())
})
