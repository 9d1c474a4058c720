/** What the recorder writes is a capture of what happened: flows, bytes, truth; tshark agrees. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { concat } from '../core/bytes.ts'
import { flowsOf } from '../core/captured-flows.ts'
import { temporaryFolder } from '../core/temporary-folder-in-test.ts'
import { latin1 } from '../core/text.ts'
import { NO_TSHARK, tshark } from '../core/tshark-in-test.ts'
import { MemoryNetwork } from './memory-network.ts'
import { Shouter, START } from './peers-in-test.ts'
import { Recorder } from './recorder.ts'

/** Two peers, over IPv4 and over IPv6: a connection and a datagram each way. */
function recorded(): { capture: Uint8Array; truth: string } {
  const chunks: Uint8Array[] = []
  const recorder = new Recorder(
    (bytes) => chunks.push(bytes),
    (home) => ({ family: 'shout', role: 'shouter', name: home.ip }),
  )
  const network = new MemoryNetwork({
    seed: 1,
    startMicros: START,
    delayMicros: [5000, 5000],
    loss: 0,
    tap: recorder,
  })
  const ips = ['192.0.2.1', '198.51.100.2', '2001:db8::1', '2001:db8::2']
  const peers = ips.map((_, i) => new Shouter(7000 + i))
  for (const [i, peer] of peers.entries()) network.add(peer, ips[i]!, () => {})
  for (const i of [0, 2]) {
    const at = { ip: ips[i + 1]!, port: 7001 + i }
    peers[i]!.order({ do: 'join', at })
    peers[i]!.site.sendTo(7000 + i, at, Uint8Array.of(0x61))
    peers[i]!.order({ do: 'join', at: { ...at, port: 9 } })
  }
  network.runUntil(START + 1_000_000)
  const truth = recorder.finish()
  return { capture: concat(...chunks), truth }
}

test('The capture holds the flows and their bytes', () => {
  const flows = flowsOf(recorded().capture)
  assert.deepEqual(
    flows.map(({ carrier, ends, pieces }) => [
      carrier,
      ends[1].ip,
      latin1(concat(...pieces.map(({ bytes }) => bytes))),
    ]),
    [
      ['tcp', '198.51.100.2', 'hello\nyou\nHELLO\nYOU\n'],
      ['udp', '198.51.100.2', 'aA'],
      ['tcp', '198.51.100.2', ''],
      ['tcp', '2001:db8::2', 'hello\nyou\nHELLO\nYOU\n'],
      ['udp', '2001:db8::2', 'aA'],
      ['tcp', '2001:db8::2', ''],
    ],
  )
})

test('The truth has one row a flow, with its owners and payload', () => {
  const rows = recorded()
    .truth.trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
  assert.deepEqual(rows[0]!.slice(0, 7), '#proto src sport dst dport label detail'.split(' '))
  assert.deepEqual(
    rows.slice(1, 4).map((row) => [row[0], row[5], row[6], row[8], row[14]]),
    [
      ['tcp', 'shout', 'shouter-shouter', '198.51.100.2:shouter', '20'],
      ['udp', 'shout', 'shouter-shouter', '198.51.100.2:shouter', '2'],
      ['tcp', 'shout', 'shouter', '-', '0'],
    ],
  )
})

test('tshark finds no bad checksum and no damage', { skip: NO_TSHARK }, (context) => {
  const folder = temporaryFolder(context)
  const file = join(folder, 'a.pcapng')
  writeFileSync(file, recorded().capture)
  const options = ['-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE']
  const bad =
    '_ws.malformed || tcp.checksum.status == 0 || udp.checksum.status == 0 || tcp.analysis.flags'
  assert.equal(tshark('-r', file, ...options, '-Y', bad), '')
  assert.ok(tshark('-r', file).split('\n').length > 30)
})
