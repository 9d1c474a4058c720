/**
 * Every message of every table: it is parsed under its name, written back byte for byte, bounded on
 * truncated, flipped and random bytes, and no opcode is without a sample.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, hex } from '../../../core/bytes.ts'
import type { Wire } from '../../../core/wire.ts'
import { checkWire } from '../../../core/wire-check.ts'
import {
  bytesOfSamples,
  CLIENT_TCP_SAMPLES,
  EMULE_TCP_SAMPLES,
  EMULE_UDP_SAMPLES,
  KAD_SAMPLES,
  OVERNET_SAMPLES,
  SERVER_TCP_SAMPLES,
  SERVER_UDP_SAMPLES,
} from '../samples-in-test.ts'
import { CLIENT_TCP, clientTcpWire } from './client-tcp.ts'
import { EMULE_TCP, emuleTcpWire } from './emule-tcp.ts'
import { EMULE_UDP, emuleUdpWire } from './emule-udp.ts'
import { KAD_TABLE, kadWire } from './kad.ts'
import { OVERNET, overnetWire } from './overnet.ts'
import { SERVER_TCP, serverTcpWire } from './server-tcp.ts'
import { SERVER_UDP, serverUdpWire } from './server-udp.ts'

interface Tested {
  readonly wire: Wire<never>
  readonly table: { readonly opcodes: ReadonlyMap<number, string> }
  readonly samples: Readonly<Record<string, readonly string[]>>
}

const TESTED: readonly Tested[] = [
  { wire: serverTcpWire, table: SERVER_TCP, samples: SERVER_TCP_SAMPLES },
  { wire: serverUdpWire, table: SERVER_UDP, samples: SERVER_UDP_SAMPLES },
  { wire: clientTcpWire, table: CLIENT_TCP, samples: CLIENT_TCP_SAMPLES },
  { wire: emuleTcpWire, table: EMULE_TCP, samples: EMULE_TCP_SAMPLES },
  { wire: emuleUdpWire, table: EMULE_UDP, samples: EMULE_UDP_SAMPLES },
  { wire: kadWire, table: KAD_TABLE, samples: KAD_SAMPLES },
  { wire: overnetWire, table: OVERNET, samples: OVERNET_SAMPLES },
] as unknown as readonly Tested[]

for (const { wire, table, samples } of TESTED) {
  test(`${wire.name} passes the examination of wires with every message it knows`, () => {
    assert.deepEqual(Object.keys(samples).sort(), [...table.opcodes.values()].sort())
    checkWire(wire, bytesOfSamples(samples), { noiseCount: 4_000 })
  })

  test(`${wire.name} reads each message under its name and leaves nothing over`, () => {
    for (const [name, all] of Object.entries(samples)) {
      for (const sample of all) {
        const read = wire.parse(fromHex(sample), 0)
        assert.equal(read.kind, 'message', `${name} ${sample} ${JSON.stringify(read)}`)
        if (read.kind !== 'message') continue
        const value = read.message as unknown as { type?: string; message?: { type: string } }
        assert.equal(value.message?.type ?? value.type, name)
        const rest = ((value.message ?? value) as unknown as { rest: Uint8Array }).rest
        // eMule pads its queue ranking with ten zero bytes.
        const padding = name === 'queue-ranking' && rest.length > 0 ? '00'.repeat(10) : ''
        assert.equal(hex(rest), padding, name)
      }
    }
  })
}

test('an opcode that no table has is kept with its number and body', () => {
  const bytes = fromHex('c8 0102')
  const read = serverTcpWire.parse(bytes, 0)
  assert.deepEqual(read, {
    kind: 'message',
    message: { type: 'other', opcode: 0xc8, rest: fromHex('0102') },
    size: 3,
  })
})

test('bytes after a known body are kept: later versions append', () => {
  const read = serverTcpWire.parse(fromHex('34 01000000 02000000 aabb'), 0)
  assert.equal(read.kind, 'message')
  assert.equal(read.kind === 'message' && hex(read.message.rest), 'aabb')
})

test('a claimed count allocates nothing where the entries are not there', () => {
  const read = serverTcpWire.parse(fromHex('15 ffffffff 00'), 0)
  assert.deepEqual(read, { kind: 'malformed', fault: 'count-exceeds-body', at: 5 })
})
