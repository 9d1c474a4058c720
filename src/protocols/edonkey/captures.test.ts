/**
 * Real captures beside the project, where they are there: every flow of this family is named, no
 * flow of any other.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type CapturedFlow, flowsOf, lookAt, transcriptOf } from '../../core/captured-flows.ts'
import { sharedCapture } from '../../core/repository.ts'
import { feed, type Transcript } from '../../core/session-check.ts'
import { edonkey } from './index.ts'

const REAL = sharedCapture('real')
const THIRD = sharedCapture('third-party')
const absent = 'the shared captures are not on this machine'

function* capturesBelow(folder: string): Generator<string> {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) yield* capturesBelow(path)
    else if (/\.(pcap|pcapng|cap)$/.test(name)) yield path
  }
}

function begins(flow: CapturedFlow): boolean {
  const bytes = flow.carrier === 'tcp' ? [0xe3, 0xc5, 0xd4] : [0xe3, 0xc5, 0xe4, 0xe5]
  return flow.pieces.slice(0, 8).some((piece) => bytes.includes(piece.bytes[0]!))
}

/** As the engine asks: at each piece while the answer is `more`, then for what stands alone. */
function nameOf(flow: CapturedFlow): string | undefined {
  const asked = begins(flow) || (flow.carrier === 'tcp' && !flow.fromStart)
  for (let count = 1; asked; count++) {
    const look = lookAt(flow, count)
    const sight = edonkey.recognise(look)
    if (typeof sight !== 'string' && (look.final || sight.sureness === 'certain')) {
      return `${sight.part} ${sight.sureness}`
    }
    if (sight === 'no' || look.final) break
  }
  const alone = edonkey.fits!(lookAt(flow, flow.pieces.length)).find((fit) => fit.alone)
  return alone && `${alone.part} ${alone.alone}`
}

function keyOf(flow: CapturedFlow): string {
  return [flow.carrier, ...flow.ends.map((end) => `${end.ip} ${end.port}`).sort()].join(' ')
}

/** Flow key → label, or undefined where the capture has no truth beside it. */
function truthOf(path: string): Map<string, string> | undefined {
  const file = path.replace(/\.[^.]+$/, '.truth.tsv')
  if (!existsSync(file)) return undefined
  const labels = new Map<string, string>()
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [carrier, from, fromPort, to, toPort, label] = line.split('\t')
    labels.set([carrier, ...[`${from} ${fromPort}`, `${to} ${toPort}`].sort()].join(' '), label!)
  }
  return labels
}

test('real captures: all flows with payload are named, no others', {
  skip: REAL ? false : absent,
}, () => {
  const missed: string[] = []
  const wrong: string[] = []
  let found = 0
  for (const path of capturesBelow(REAL!)) {
    const truth = truthOf(path)
    if (truth === undefined) continue
    for (const flow of flowsOf(readFileSync(path))) {
      if (flow.pieces.length === 0) continue
      const label = truth.get(keyOf(flow))
      const mine = label === 'edonkey' || label === 'kad'
      const named = nameOf(flow)
      if (mine && named === undefined) missed.push(`${path} ${keyOf(flow)}`)
      else if (mine) found++
      else if (named !== undefined) wrong.push(`${path} ${keyOf(flow)} ${label} ${named}`)
    }
  }
  assert.deepEqual(wrong, [])
  assert.deepEqual(missed, [])
  assert.ok(found >= 88, `${found} flows`)
})

/** Of a file that captured-flows.ts reads: some are of other links. */
function readableFlows(path: string): CapturedFlow[] {
  try {
    return flowsOf(readFileSync(path))
  } catch {
    return []
  }
}

test('captures of other projects: none of them is called ours', {
  skip: THIRD ? false : absent,
}, () => {
  const wrong: string[] = []
  for (const path of capturesBelow(THIRD!)) {
    if (path.includes('/p2p/edonkey/')) continue
    for (const flow of readableFlows(path)) {
      if (flow.pieces.length === 0) continue
      const named = nameOf(flow)
      if (named !== undefined) wrong.push(`${path} ${keyOf(flow)} ${named}`)
    }
  }
  assert.deepEqual(wrong, [])
})

const NDPI = sharedCapture('third-party/p2p/edonkey/ndpi-edonkey.pcap')

test('the golden HELLO and its answer', { skip: NDPI ? false : absent }, () => {
  const [flow] = flowsOf(readFileSync(NDPI!))
  assert.equal(nameOf(flow!), 'peer certain')
  const transcript: Transcript = transcriptOf(flow!)
  const facts = {
    flow: 1,
    carrier: 'tcp',
    ends: flow!.ends,
    fromStart: flow!.fromStart,
    part: 'peer',
  } as const
  const { kept } = feed(edonkey, facts, transcript)
  const [hello, answer] = kept.of('message').filter((each) => each.name.startsWith('hello'))
  assert.equal(hello!.fields.client_hash, '1b42cd5b940ed779c20ab755fe256f97')
  assert.equal(hello!.fields.nick, '[CHN][VeryCD]xf')
  assert.equal(hello!.fields.version, '0.48a')
  assert.equal(hello!.fields.port, 19_850)
  assert.equal(hello!.fields.server_ip, '85.17.172.34')
  assert.equal(hello!.fields.server_port, 4321)
  assert.equal((hello!.fields.capabilities as { source_exchange: number }).source_exchange, 4)
  assert.equal(answer!.fields.server_ip, '212.63.206.35')
  assert.equal(answer!.fields.server_port, 4242)
  const [claim] = kept.of('claim')
  assert.deepEqual(claim!.about, { ip: '125.73.103.227', port: 19_850 })
})
