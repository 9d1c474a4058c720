/**
 * An archive in parts: whoever reads it on from where a run ended is told, byte for byte, what he would be told
 * had he read all of it at once; also where connections, incidents and windows go over the end of a part.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Endpoint } from '../src/core/address.ts'
import { bytesOf, concat, fromHex, u32le } from '../src/core/bytes.ts'
import { CaptureMaker } from '../src/core/capture-maker.ts'
import { randomFrom } from '../src/core/random.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'

const MAIN = repositoryFile('dist/src/app/main.js')
const TIMEOUT_MS = 120_000
/** The exit code of what a signal ended. */
const INTERRUPTED = 130
const folder = temporaryFolder()

const MINUTE = 60_000_000
const DARK = ['--dark', '198.51.100.0/24']
const GLOBAL_HEADER = 24
const RECORD_HEADER = 16

function run(...args: string[]) {
  const done = spawnSync(process.execPath, [MAIN, 'incidents', ...args, '--format', 'json'], {
    ...{ encoding: 'utf8', env: { PATH: process.env.PATH ?? '' }, timeout: TIMEOUT_MS },
  })
  return { status: done.status, out: done.stdout, err: done.stderr }
}

/** BEP 3. */
function handshake(hash: string, id: string): Uint8Array {
  const head = concat(Uint8Array.of(19), bytesOf('BitTorrent protocol'), new Uint8Array(8))
  return concat(head, fromHex(hash.repeat(20)), bytesOf(id.padEnd(20, 'x')))
}

/**
 * Twenty hours: callers of three addresses, scanners among them, and connections that stay open for
 * minutes, all as chance has it.
 */
function archive(): Uint8Array {
  const random = randomFrom(11)
  const maker = new CaptureMaker(Date.UTC(2010, 2, 28, 12) * 1000 + 345_678)
  const open: { at: number; end: () => void }[] = []
  for (let i = 0; i < 2_400; i++) {
    maker.wait(MINUTE / 2)
    for (const each of open.filter(({ at }) => at <= i)) each.end()
    open.splice(0, open.length, ...open.filter(({ at }) => at > i))
    const last = i % 7 === 0 ? 9 : i % 3 === 0 ? 8 : 7
    const target = { ip: `198.51.100.${last}`, port: 6881 }
    const caller = {
      ip: `203.0.${random() % 4}.${random() % 250}`,
      port: 1024 + (random() % 60_000),
    }
    const connection = maker.tcp(caller, target)
    if (random() % 3 === 0) connection.send(0, handshake('ab', '-TR3000-')).close()
    else {
      const end = () => connection.send(0, handshake(last === 8 ? 'cd' : 'ab', '-KT3150-')).close()
      open.push({ at: i + (random() % 20), end })
    }
    if (i % 50 === 0) scan(maker, i)
  }
  return maker.finish()
}

function scan(maker: CaptureMaker, i: number): void {
  const scanner: Endpoint = { ip: `192.88.99.${i / 50}`, port: 30_000 }
  for (let j = 0; j < 12; j++) {
    maker
      .tcp(scanner, { ip: `198.51.100.${50 + j}`, port: 6881 })
      .send(0, handshake('ef', '-XX-'))
      .close()
  }
}

/** Captures of so many packets each. */
function parts(bytes: Uint8Array, sizes: readonly number[], name: string): string[] {
  const paths: string[] = []
  let at = GLOBAL_HEADER
  for (const [i, size] of [...sizes, Number.POSITIVE_INFINITY].entries()) {
    const from = at
    for (let left = size; left > 0 && at < bytes.length; left--) {
      at += RECORD_HEADER + u32le(bytes, at + 8)
    }
    const path = join(folder, `${name}${i}.pcap`)
    writeFileSync(path, concat(bytes.subarray(0, GLOBAL_HEADER), bytes.subarray(from, at)))
    paths.push(path)
  }
  return paths
}

const bytes = archive()

test('an archive read in parts tells what it tells at once, wherever it is parted', () => {
  for (const [i, sizes] of [[5_000], [1, 7_777, 3], [4_321, 1_234, 5_000]].entries()) {
    const files = parts(bytes, sizes, `split${i}-`)
    const whole = run('-r', ...files, ...DARK)
    assert.equal(whole.status, 0, whole.err)
    const { incidents, scanners } = JSON.parse(whole.out)
    assert.ok(incidents.length >= 2, 'the archive has incidents')
    assert.ok(scanners >= 40, `the archive has scanners: ${scanners}`)
    const state = join(folder, `state${i}`)
    let last = ''
    for (const file of files) {
      const part = run('-r', file, ...DARK, '--state', state)
      assert.equal(part.status, 0, part.err)
      last = part.out
    }
    assert.equal(last, whole.out, `parted at ${sizes}`)
    // All given again, nothing is new.
    assert.equal(run('-r', ...files, ...DARK, '--state', state).out, whole.out)
  }
})

test('so do calls that nobody answered, with the messages that named them', () => {
  const files = parts(bytes, [6_000, 2_000], 'named-')
  const whole = run('-r', ...files)
  const state = join(folder, 'named')
  run('-r', files[0]!, '--state', state)
  // A folder's worth: those that were read, and the new ones.
  assert.equal(run('-r', ...files, '--state', state).out, whole.out)
})

test('a run that is interrupted goes on from where it was', async () => {
  const files = parts(bytes, [3_000], 'stopped-')
  const begun = performance.now()
  const whole = run('-r', ...files, ...DARK)
  const millis = performance.now() - begun
  let inTheMiddle = 0
  for (let tries = 0; tries < 60 && inTheMiddle < 2; tries++) {
    const state = join(folder, `stopped${tries}`)
    const words = [MAIN, 'incidents', '-r', ...files, ...DARK, '--state', state, '--format', 'json']
    const child = spawn(process.execPath, words, { stdio: 'ignore' })
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
    // It starts, reads and tells: the signal is to come while it reads.
    setTimeout(() => child.kill('SIGINT'), millis * (0.4 + 0.04 * (tries % 15)))
    if ((await ended) !== INTERRUPTED || !existsSync(state)) continue
    inTheMiddle++
    assert.equal(run('-r', ...files, ...DARK, '--state', state).out, whole.out)
  }
  assert.ok(inTheMiddle > 0, 'no signal came while it read')
})

test('a state is of one search, whole, and of captures in order', () => {
  const files = parts(bytes, [5_000], 'other-')
  const state = join(folder, 'other')
  assert.equal(run('-r', files[1]!, ...DARK, '--state', state).status, 0)
  const search = run('-r', files[1]!, '--dark', '198.51.100.0/25', '--state', state)
  assert.deepEqual([search.status, /another search/.test(search.err)], [2, true])
  const early = run('-r', files[0]!, ...DARK, '--state', state)
  assert.deepEqual([early.status, /in order of time/.test(early.err)], [2, true])
  const text = gunzipSync(readFileSync(state)).toString()
  writeFileSync(state, text)
  assert.match(run('-r', files[1]!, ...DARK, '--state', state).err, /damaged/)
  assert.match(run('-r', '-', ...DARK, '--state', join(folder, 'new')).err, /standard input/)
})
