/** Local programs of I2P speak in clear; routers are known by what they repeat, and by sizes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { randomFrom } from '../../core/random.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { fits, recognise } from './recognise.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]

function told(talk: Talk): string {
  const sight = recognise(lookAt(madeFlow('tcp', talk)))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

function fitOf(flow: CapturedFlow): string {
  const [fit] = fits(lookAt(flow))
  return fit === undefined ? 'none' : `${fit.part} ${fit.alone ?? 'by endpoint'}`
}

test('SAM and I2CP in clear', () => {
  const hello = bytesOf('HELLO VERSION MIN=3.0 MAX=3.1\n')
  const reply = bytesOf('HELLO REPLY RESULT=OK VERSION=3.1\n')
  assert.equal(
    told([
      [0, hello],
      [1, reply],
    ]),
    'sam certain',
  )
  assert.equal(told([[0, hello]]), 'sam likely')
  assert.equal(
    told([
      [0, hello],
      [1, bytesOf('ERROR unknown\n')],
    ]),
    'no',
  )
  assert.equal(told([[0, bytesOf('HELLO VERSIONS\n')]]), 'no')
  const date = concat(fromHex('2a 00000009 20 06'), bytesOf('0.9.58'), fromHex('0000'))
  assert.equal(told([[0, date]]), 'i2cp certain')
  assert.equal(told([[0, fromHex('2a 00000009 20 06 414243444546 0000')]]), 'no')
  assert.equal(told([[0, bytesOf('*1\r\n$4\r\nPING\r\n')]]), 'no')
})

const FIXTURE = repositoryFile('src/protocols/i2p/fixtures/routers.pcap')

test('routers of the fixture', () => {
  const flows = flowsOf(readFileSync(FIXTURE))
  // make-routers.sh: the first and the last speak SSU2 too. Router infos with SSU2 in them are longer.
  const withSsu2 = ['198.18.40.11', '198.18.40.14']
  const wanted = flows.map(({ carrier, ends }) => {
    const [a, b] = ends.map(({ ip }) => withSsu2.includes(ip))
    if (carrier === 'udp') return 'ssu2 likely'
    return a === b ? 'ntcp2 unsure' : 'ntcp2 by endpoint'
  })
  assert.deepEqual(flows.map(fitOf), wanted)
  assert.deepEqual([...new Set(wanted)].sort(), [
    'ntcp2 by endpoint',
    'ntcp2 unsure',
    'ssu2 likely',
  ])
})

test('routers of the whole captures', (t) => {
  const counts: Record<string, number> = {}
  for (const name of ['i2p-ntcp2', 'i2pd-ntcp2-ssu2']) {
    const path = sharedCapture(`real/${name}.pcap`)
    if (path === undefined) return t.skip('the captures are not beside the project')
    for (const flow of flowsOf(readFileSync(path))) {
      counts[fitOf(flow)] = (counts[fitOf(flow)] ?? 0) + 1
    }
  }
  assert.deepEqual(counts, { 'ntcp2 unsure': 22, 'ssu2 likely': 10, 'ntcp2 by endpoint': 1 })
})

const chance = randomFrom(11)
function noise(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => chance())
}

test('chance of any size is an NTCP2 handshake less than once in 200 conversations', () => {
  let named = 0
  for (let round = 0; round < 2000; round++) {
    const talk = Array.from(
      { length: 6 },
      (_, i) => [(i % 2) as Side, noise(1 + (chance() % 1448))] as const,
    )
    if (fitOf(madeFlow('tcp', talk)).endsWith('unsure')) named++
  }
  assert.ok(named < 10, String(named))
})

test('router infos that links of less than their size cut are put together, streams of full segments not', () => {
  const told = (sizes: readonly number[]) =>
    fitOf(
      madeFlow(
        'tcp',
        sizes.map((size) => [size > 0 ? 0 : 1, noise(Math.abs(size))] as const),
      ),
    )
  assert.equal(told([173, -159, 711, -779]), 'ntcp2 unsure')
  assert.equal(told([173, -159, 536, 175, -536, -243]), 'ntcp2 unsure')
  // The first segment alone is as long as the answer's.
  assert.equal(told([173, -159, 1200, 1200, -1200, -1200]), 'ntcp2 by endpoint')
  assert.equal(told([173, -159, 536, 175, -536, -536, -243]), 'ntcp2 by endpoint')
})

test('datagrams of chance, of one direction, or with readable bytes are no SSU2', () => {
  const token = noise(8)
  const id = noise(8)
  const datagram = (size: number, ids: Uint8Array, tokens: Uint8Array): Uint8Array =>
    concat(noise(16), ids, tokens, noise(size - 32))
  const handshake: Talk = [
    [0, datagram(60, id, noise(8))],
    [1, datagram(64, noise(8), token)],
    [0, datagram(96, id, token)],
  ]
  assert.equal(fitOf(madeFlow('udp', handshake)), 'ssu2 likely')
  // Without the token request; the token of one's own side; a request that is too short.
  assert.equal(fitOf(madeFlow('udp', handshake.slice(1))), 'ssu2 by endpoint')
  const own = handshake.map(([, bytes]) => [0, bytes] as const)
  assert.equal(fitOf(madeFlow('udp', own)), 'ssu2 by endpoint')
  const short: Talk = [handshake[0]!, handshake[1]!, [0, datagram(80, id, token)]]
  assert.equal(fitOf(madeFlow('udp', short)), 'ssu2 by endpoint')
  const zeros = handshake.map(([side, bytes]) => [side, concat(bytes, new Uint8Array(40))] as const)
  assert.equal(fitOf(madeFlow('udp', zeros)), 'none')
})
