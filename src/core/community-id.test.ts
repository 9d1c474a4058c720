/** Community ids are those that every other tool computes. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { communityId } from './community-id.ts'
import { BASELINE } from './community-id-in-test.ts'
import { sharedCapture } from './repository.ts'

test('every vector of the reference baseline', () => {
  for (const [protocol, from, to, fromPort, toPort, expected] of BASELINE) {
    const ends = [
      { ip: from, port: fromPort },
      { ip: to, port: toPort },
    ] as const
    assert.equal(communityId(protocol, ends), expected, `${protocol} ${from} ${to}`)
  }
})

test('a type that nobody answers keeps its direction; what is no address has no id', () => {
  const there = [
    { ip: '10.0.0.2', port: 11 },
    { ip: '10.0.0.1', port: 0 },
  ] as const
  assert.notEqual(communityId(1, there), '1:YHxtAirCG//0OzkcVAukqKQN9xM=')
  assert.equal(communityId(6, [there[0], { ip: '10.0.0', port: 1 }]), undefined)
  assert.equal(communityId(6, [there[0], { ip: '10.0.0.256', port: 1 }]), undefined)
  assert.equal(communityId(6, [there[0], { ip: '::1', port: 1 }]), undefined)
})

test('Wireshark computes the same over a real capture', (t) => {
  const file = sharedCapture('real/bt-lsd.pcap')
  if (file === undefined) return t.skip('no captures beside the project')
  const fields = ['ip.proto', 'ip.src', 'ip.dst', 'udp.srcport', 'udp.dstport', 'tcp.srcport']
  let output: string
  try {
    output = execFileSync(
      'tshark',
      [
        ...['-r', file, '--enable-protocol', 'communityid', '-Y', 'communityid && (udp || tcp)'],
        ...['-T', 'fields', '-E', 'occurrence=f'],
        ...[...fields, 'tcp.dstport', 'communityid'].flatMap((field) => ['-e', field]),
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 },
    )
  } catch {
    return t.skip('no tshark that knows community ids')
  }
  const seen = new Set(output.split('\n').filter((row) => /^(6|17)\t/.test(row)))
  assert.ok(seen.size > 5, `only ${seen.size} rows`)
  for (const row of seen) {
    const [protocol, from, to, udpFrom, udpTo, tcpFrom, tcpTo, id] = row.split('\t')
    const ends = [
      { ip: from!, port: Number(udpFrom || tcpFrom) },
      { ip: to!, port: Number(udpTo || tcpTo) },
    ] as const
    assert.equal(communityId(Number(protocol), ends), id, row)
  }
})
