/** Captures of real nodes: every flow is known, every node named, every log line in shape. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { endpointText } from '../../core/address.ts'
import { factsOfFlow, flowsOf, lookAt } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, type Kept } from '../../core/session-check.ts'
import { bitcoin } from './index.ts'

/** What all flows of a capture say, each examined as a session. */
function read(path: string): { kept: Kept[]; sure: string[] } {
  const kept: Kept[] = []
  const sure: string[] = []
  for (const flow of flowsOf(readFileSync(path))) {
    const sight = bitcoin.recognise(lookAt(flow))
    sure.push(typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`)
    if (typeof sight === 'string') continue
    const transcript = flow.pieces.slice(0, 60).map(({ from, bytes }) => [from, bytes] as const)
    kept.push(checkSession(bitcoin, factsOfFlow(flow, sight.part), transcript))
  }
  return { kept, sure }
}

function fixture(name: string): string {
  return repositoryFile(`src/protocols/bitcoin/fixtures/${name}`)
}

test('three nodes of bcoin on regtest: each says its program, no fault', () => {
  const { kept, sure } = read(fixture('regtest.pcap'))
  assert.deepEqual(sure, ['peer certain', 'peer certain', 'peer certain'])
  for (const one of kept) {
    assert.deepEqual(one.of('fault'), [])
    assert.deepEqual(
      one.of('client').map(({ software }) => software),
      ['bcoin', 'bcoin'],
    )
    assert.deepEqual(
      one.of('client').map(({ version }) => version),
      ['v1.0.2', 'v1.0.2'],
    )
    const [version] = one.of('message')
    assert.equal(version!.fields.network, 'regtest')
  }
})

test('nodes on regtest: where others are, and who had the blocks', () => {
  const { kept } = read(fixture('regtest.pcap'))
  // make-regtest.sh: the first mines four blocks, the others call it and each other.
  const told = kept.flatMap((one) => one.of('claim')).filter(({ via }) => via === 'addr')
  assert.deepEqual([...new Set(told.map(({ about }) => endpointText(about)))].sort(), [
    '198.18.60.10:48444',
    '198.18.60.11:48444',
  ])
  const from = kept.flatMap((one) => one.of('transfer').map((transfer) => transfer.from.ip))
  assert.deepEqual(new Set(from), new Set(['198.18.60.10']))
})

test('three nodes of litecoind: program and version; addresses that are not told are no claims', () => {
  const { kept, sure } = read(fixture('litecoin.pcap'))
  assert.deepEqual(sure, ['peer certain', 'peer certain', 'peer certain'])
  assert.deepEqual(
    kept.flatMap((one) =>
      one
        .of('claim')
        .map(({ about }) => about.ip)
        .filter((ip) => ip === '::'),
    ),
    [],
  )
  for (const one of kept) {
    assert.deepEqual(one.of('fault'), [])
    for (const { software, version } of one.of('client')) {
      assert.equal(software, 'LitecoinCore')
      assert.equal(version, '0.21.2.1')
    }
  }
})

test('every log line keeps to the schema', () => {
  const check = new Ajv2020({ allErrors: true }).compile(bitcoin.logs!.bitcoin!)
  const lines = ['regtest.pcap', 'litecoin.pcap'].flatMap((name) =>
    read(fixture(name)).kept.flatMap((one) => one.of('message')),
  )
  assert.ok(lines.length > 60, `${lines.length}`)
  for (const { fields } of lines) assert.ok(check(fields), JSON.stringify([fields, check.errors]))
})

test('the main network of 2014: six flows of nDPI’s test capture, hundreds of addresses', (context) => {
  const path = sharedCapture('third-party/p2p/bitcoin/ndpi-bitcoin.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const { kept, sure } = read(path)
  assert.equal(sure.length, 6)
  assert.ok(
    sure.every((one) => one === 'peer certain'),
    sure.join(', '),
  )
  assert.ok(kept.flatMap((one) => one.of('claim')).filter(({ via }) => via === 'addr').length > 100)
})
