/** Captures beside the project: what the people who made them know is what the flows say. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { factsOfFlow, flowsOf, lookAt, transcriptOf } from '../../core/captured-flows.ts'
import type { Said } from '../../core/event.ts'
import { sharedCapture } from '../../core/repository.ts'
import { feed } from '../../core/session-check.ts'
import { gnutella } from './index.ts'

/** Everything that the Gnutella flows of a capture say, and how many flows those are. */
function read(path: string): { said: Said[]; flows: number } {
  const said: Said[] = []
  let flows = 0
  for (const flow of flowsOf(readFileSync(path))) {
    const sight = gnutella.recognise(lookAt(flow))
    if (typeof sight === 'string') continue
    flows++
    const { kept } = feed(gnutella, factsOfFlow(flow, sight.part), transcriptOf(flow))
    said.push(...kept.said)
  }
  return { said, flows }
}

function transfers(said: readonly Said[]): string[] {
  return said.flatMap((one) =>
    one.type === 'transfer' ? `${one.content} ${one.name} ${one.bytes}` : [],
  )
}

test('gnutella-plain: both downloads, whole, by name and URN; no fault', (context) => {
  const path = sharedCapture('real/gnutella-plain.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const { said, flows } = read(path)
  assert.equal(flows, 28)
  assert.deepEqual(
    said.filter((one) => one.type === 'fault'),
    [],
  )
  assert.deepEqual(transfers(said), [
    'urn:sha1:XGIJGNERG2QXOEKUJT23MRPQ53GT6Z7S blue danube waltz.ogg 200000',
    'urn:sha1:JM626WIOFMGO7HCCWYR2CVPLOOYWHSGJ blue sky timelapse.avi 150000',
  ])
  assert.ok(said.some((one) => one.type === 'search' && one.text === 'blue'))
})

test('gnutella2: every flow, and the download', (context) => {
  const path = sharedCapture('real/gnutella2.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const { said, flows } = read(path)
  assert.equal(flows, 38)
  assert.deepEqual(
    said.filter((one) => one.type === 'fault'),
    [],
  )
  assert.deepEqual(transfers(said), [
    'urn:sha1:HGMERGRO5OGV2MAU4AH7P2WF5EMRGBZ3 green fields forever.ogg 180000',
  ])
})

test('other programs’ flows are none of ours', (context) => {
  const names = [
    'other-apt-http',
    'other-dns-udp-tcp',
    'dc-nmdc',
    'dc-adc',
    'ed2k-server-plain',
    'fasttrack',
    'bt-midstream',
    'kad-plain',
    'opennap',
  ]
  const paths = names.flatMap((name) => sharedCapture(`real/${name}.pcap`) ?? [])
  if (paths.length === 0) return context.skip('the shared captures are not on this machine')
  for (const path of paths) assert.equal(read(path).flows, 0, path)
})
