/**
 * The card as a whole: every fixture of this folder is recognised and its messages fit their logs;
 * no fixture of another protocol, and no capture without P2P, is.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv, type ValidateFunction } from 'ajv'
import {
  type CapturedFlow,
  factsOfFlow,
  flowsOf,
  lookAt,
  transcriptOf,
} from '../../core/captured-flows.ts'
import type { Sight } from '../../core/protocol.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { feed } from '../../core/session-check.ts'
import { bittorrent } from './index.ts'

const OWN = repositoryFile('src/protocols/bittorrent/fixtures')

/** Fixtures that are no BitTorrent, or of which one flow alone names nothing. */
const UNNAMED: Readonly<Record<string, string>> = {
  'random-stream.pcap': 'chance over TCP, kept as a trap',
  'mse-rc4.pcap': 'MSE connections too short for two marks',
  'utp-parts.pcap': 'told by its times, which recognise-partial.test.ts looks at',
}

/** Connections that began before the capture. */
const FROM_THE_MIDDLE = ['peer-middle.pcap', 'peer-tail.pcap']

function capturesIn(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.pcap'))
        .map((name) => join(folder, name))
    : []
}

function sightOf(flow: CapturedFlow, fromStart = true): Sight {
  const count = flow.carrier === 'udp' ? 8 : fromStart ? 16 : 64
  return bittorrent.recognise({ ...lookAt(flow, count), fromStart })
}

/** As the engine asks: while more comes, and at last. */
function everRecognised(flow: CapturedFlow): Sight {
  for (const count of [1, 2, 4]) {
    if (count >= flow.pieces.length) break
    const sight = bittorrent.recognise({ ...lookAt(flow, count), final: false })
    if (typeof sight !== 'string') return sight
  }
  return sightOf(flow)
}

test('every fixture of this folder is recognised', () => {
  for (const file of capturesIn(OWN)) {
    const name = file.slice(OWN.length + 1)
    if (UNNAMED[name] !== undefined) continue
    for (const flow of flowsOf(readFileSync(file))) {
      if (flow.pieces.every(({ size }) => size === 0)) continue
      const sight = sightOf(flow, !FROM_THE_MIDDLE.includes(name))
      assert.notEqual(typeof sight, 'string', `${name} ${JSON.stringify(flow.ends)}: ${sight}`)
    }
  }
})

test('messages of every fixture fit the schema of their log', () => {
  const ajv = new Ajv({ strict: false, allErrors: true })
  const schemas = new Map<string, ValidateFunction>()
  for (const [log, schema] of Object.entries(bittorrent.logs!))
    schemas.set(log, ajv.compile(schema))
  let count = 0
  for (const file of capturesIn(OWN)) {
    for (const flow of flowsOf(readFileSync(file))) {
      const sight = sightOf(flow, !file.endsWith('peer-middle.pcap'))
      if (typeof sight === 'string') continue
      const transcript = transcriptOf(flow)
      const { kept } = feed(bittorrent, factsOfFlow(flow, sight.part), transcript)
      for (const { log, fields } of kept.of('message')) {
        const validate = schemas.get(log)
        assert.ok(validate, log)
        assert.ok(
          validate(fields),
          `${log} ${JSON.stringify(fields)} ${ajv.errorsText(validate.errors)}`,
        )
        count++
      }
    }
  }
  assert.ok(count > 400, `${count} messages`)
})

test('no fixture of another protocol is called BitTorrent', () => {
  const protocols = repositoryFile('src/protocols')
  let count = 0
  for (const name of readdirSync(protocols)) {
    if (name === 'bittorrent') continue
    for (const file of capturesIn(join(protocols, name, 'fixtures'))) {
      for (const flow of flowsOf(readFileSync(file))) {
        const sight = everRecognised(flow)
        assert.equal(typeof sight, 'string', `${file} ${JSON.stringify(sight)}`)
        count++
      }
    }
  }
  assert.ok(count > 10, `${count} flows`)
})

test('no flow of a capture without P2P is called BitTorrent', (context) => {
  const real = sharedCapture('real')
  if (real === undefined) return context.skip('the captures beside the project are not here')
  let count = 0
  const folders = [real]
  const others = sharedCapture('third-party/other')
  if (others !== undefined) folders.push(...readdirSync(others).map((name) => join(others, name)))
  for (const folder of folders) {
    for (const file of capturesIn(folder)) {
      if (folder === real && !file.startsWith(join(real, 'other-'))) continue
      for (const flow of flowsSafely(file)) {
        const sight = everRecognised(flow)
        assert.equal(
          typeof sight,
          'string',
          `${file} ${JSON.stringify(flow.ends)} ${JSON.stringify(sight)}`,
        )
        count++
      }
    }
  }
  assert.ok(count > 300, `${count} flows`)
})

/** Flows of a capture that the small reader of this folder can read: the others are left out. */
function flowsSafely(file: string): CapturedFlow[] {
  try {
    return flowsOf(readFileSync(file))
  } catch {
    return []
  }
}
