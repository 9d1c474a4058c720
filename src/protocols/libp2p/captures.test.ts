/** Real nodes: every flow is known, every peer id of multicast DNS is claimed where it listens. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { factsOfFlow, flowsOf, lookAt } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, type Kept } from '../../core/session-check.ts'
import { libp2p } from './index.ts'

function read(path: string): { kept: Kept[]; sure: string[] } {
  const kept: Kept[] = []
  const sure: string[] = []
  for (const flow of flowsOf(readFileSync(path))) {
    if (flow.pieces.length === 0) continue
    const sight = libp2p.recognise(lookAt(flow))
    sure.push(typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`)
    if (typeof sight === 'string') continue
    const transcript = flow.pieces.slice(0, 40).map(({ from, bytes }) => [from, bytes] as const)
    kept.push(checkSession(libp2p, factsOfFlow(flow, sight.part), transcript))
  }
  return { kept, sure }
}

function fixture(name: string): string {
  return repositoryFile(`src/protocols/libp2p/fixtures/${name}`)
}

/** Where each node of make-nodes.sh listens, and which id it says it has. */
const NODES = readFileSync(fixture('nodes.told.txt'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' ') as [string, string])

test('multicast DNS tells who listens where, by peer id; the connections agree on Noise', () => {
  const { kept, sure } = read(fixture('mdns-tcp.pcap'))
  assert.deepEqual([...new Set(sure)].sort(), ['mdns certain', 'stream certain'])
  assert.deepEqual(
    kept.flatMap((one) => one.of('fault')),
    [],
  )
  const claims = kept.flatMap((one) => one.of('claim'))
  const told = claims.map(({ about, id }) => `${about.ip}:${about.port} ${id}`)
  assert.deepEqual(
    [...new Set(told)].sort(),
    NODES.slice(0, 3).map((node) => node.join(' ')),
  )
  for (const { via, part, carriers } of claims) {
    assert.equal(`${via} ${part} ${carriers}`, 'mdns peer tcp')
  }
  const agreed = kept.flatMap((one) => one.of('message')).filter(({ name }) => name === 'agreed')
  assert.ok(agreed.length >= 3, `${agreed.length}`)
  assert.ok(agreed.every(({ fields }) => fields.protocol === '/noise'))
})

test('connections without multicast DNS: certain by the greeting', () => {
  const { kept, sure } = read(fixture('tcp.pcap'))
  // Two nodes call the fourth of all.
  assert.deepEqual(sure, ['stream certain', 'stream certain'])
  for (const one of kept) {
    const lines = one
      .of('message')
      .map(({ side, fields }) => `${side} ${fields.type} ${fields.protocol}`)
    assert.deepEqual(lines.slice(0, 5).sort(), [
      '0 multistream /multistream/1.0.0',
      '0 multistream /noise',
      '1 agreed /noise',
      '1 multistream /multistream/1.0.0',
      '1 multistream /noise',
    ])
  }
})

test('log lines keep to the schema', () => {
  const check = new Ajv2020({ allErrors: true }).compile(libp2p.logs!.libp2p!)
  const lines = ['mdns-tcp.pcap', 'tcp.pcap'].flatMap((name) =>
    read(fixture(name)).kept.flatMap((one) => one.of('message')),
  )
  assert.ok(lines.length > 15, `${lines.length}`)
  for (const { fields } of lines) assert.ok(check(fields), JSON.stringify([fields, check.errors]))
})

test('the whole captures: every flow with payload', (context) => {
  for (const name of ['libp2p', 'libp2p-tcp']) {
    const path = sharedCapture(`real/${name}.pcap`)
    if (path === undefined) return context.skip('the shared captures are not on this machine')
    const flows = flowsOf(readFileSync(path)).filter(({ pieces }) => pieces.length > 0)
    for (const flow of flows) {
      assert.notEqual(
        typeof libp2p.recognise(lookAt(flow)),
        'string',
        `${name} ${flow.ends[0].port}`,
      )
    }
  }
})

test('HTTP/3 and other QUIC, and other multicast DNS, are nobody of ours', (context) => {
  let quic = 0
  for (const name of ['other-quic-h3', 'other-mdns']) {
    const path = sharedCapture(`real/${name}.pcap`)
    if (path === undefined) return context.skip('the shared captures are not on this machine')
    for (const flow of flowsOf(readFileSync(path))) {
      if (flow.pieces.length === 0) continue
      assert.equal(libp2p.recognise(lookAt(flow)), 'no', `${name} ${flow.ends[0].port}`)
      quic++
    }
  }
  assert.ok(quic > 2)
})
