/** Announcements become claims; what stands before the encryption is told, certificates with their id. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { endpointText } from '../../core/address.ts'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import {
  type CapturedFlow,
  factsOfFlow,
  flowsOf,
  lookAt,
  transcriptOf,
} from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, type Kept } from '../../core/session-check.ts'
import { readAddress } from './addresses.ts'
import { deviceId } from './device.ts'
import { syncthing } from './index.ts'
import { logs } from './logs.ts'
import { recognise } from './recognise.ts'

function fixture(name: string): string {
  return repositoryFile(`src/protocols/syncthing/fixtures/${name}`)
}

interface Read {
  readonly flow: CapturedFlow
  readonly kept: Kept
}

/** Every flow of a fixture with payload, read as the part that recognition says. */
function readAll(name: string): Read[] {
  const flows = flowsOf(readFileSync(fixture(name))).filter(({ pieces }) => pieces.length > 0)
  return flows.map((flow) => {
    const sight = recognise(lookAt(flow))
    assert.ok(typeof sight !== 'string')
    const kept = checkSession(syncthing, factsOfFlow(flow, sight.part), transcriptOf(flow))
    return { flow, kept }
  })
}

const tcp = readAll('tcp.pcap')
const quic = readAll('quic.pcap')
const discoveryOf = (read: readonly Read[]): Read[] =>
  read.filter(({ flow }) => flow.ends[1].port === 21_027)

test('announcements of real devices: who they are, as they write it; where they listen', () => {
  for (const [read, name, part, first] of [
    [tcp, 'tcp.told.txt', 'device', 11],
    [quic, 'quic.told.txt', 'device-quic', 13],
  ] as const) {
    const ids = readFileSync(fixture(name), 'utf8').trim().split('\n')
    // What make-pairs.sh gave them; over IPv6 they have addresses of the link alone.
    const ips = [first, first + 1].map((last) => `10.90.50.${last}`)
    const self = new Map<string, string>()
    for (const { flow, kept } of discoveryOf(read)) {
      assert.deepEqual(kept.of('fault'), [])
      const sender = flow.ends[0].ip
      for (const { who, id } of kept.of('client')) self.set(who.ip, deviceId(fromHex(id!)))
      assert.ok(
        kept
          .of('claim')
          .some(
            ({ about, part: as }) =>
              as === part && endpointText(about) === endpointText({ ip: sender, port: 22_000 }),
          ),
      )
    }
    assert.deepEqual(
      ips.map((ip) => self.get(ip)),
      ids,
    )
    assert.deepEqual(new Set(self.values()), new Set(ids))
  }
})

test('device ids are written as the program writes them', (t) => {
  // real/syncthing.pcap: its announcement, and what the program calls itself.
  const id = fromHex('6c9d426ed39b9bc91347a7092c459258ae0b75da3dd6c045a8e319abe2692340')
  const name = 'NSOUE3W-TTON4SY-E2HU4ES-YRMSLC5-XAW5O2H-XLMARNM-I4MM2XY-TJENAAV'
  assert.equal(deviceId(id), name)
  const path = sharedCapture('real/syncthing.meta.json')
  if (path === undefined) return t.skip('the captures are not beside the project')
  assert.ok(readFileSync(path, 'utf8').includes(name))
})

test('the beginning of TLS 1.3: the protocol, no certificate; of QUIC: who is called', () => {
  const hellos = tcp.filter(({ flow }) => flow.carrier === 'tcp')
  // Over IPv4, over IPv6, or over both at once.
  assert.ok(hellos.length >= 1)
  for (const { flow, kept } of hellos) {
    assert.deepEqual(
      kept.of('message').map(({ name, fields }) => [name, fields.protocols]),
      [['client-hello', ['bep/1.0']]],
    )
    assert.deepEqual(kept.of('claim')[0]!.about, flow.ends[1])
    assert.equal(flow.ends[1].port, 22_000)
  }
  const calls = quic.filter(({ flow }) => flow.ends[1].port === 22_000)
  assert.ok(calls.length >= 1)
  for (const { flow, kept } of calls) {
    const [claim] = kept.of('claim')
    assert.deepEqual([claim!.about, claim!.part], [flow.ends[1], 'device-quic'])
  }
})

function record(type: number, body: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(type, 3, 3, 0, body.length), body)
}

/** A certificate message of TLS 1.2; only hash and name of the certificate matter here. */
const CERTIFICATE = concat(fromHex('3014 3112 0603550403 0c 09'), bytesOf('syncthing'))
function certificateMessage(): Uint8Array {
  const size = CERTIFICATE.length
  return concat(Uint8Array.of(11, 0, 0, size + 6, 0, 0, size + 3, 0, 0, size), CERTIFICATE)
}

test('TLS 1.2: certificates of both sides tell the devices', () => {
  const message = certificateMessage()
  const talk: (readonly [Side, Uint8Array])[] = [
    [1, record(22, message)],
    [0, record(22, message.subarray(0, 11))],
    [0, record(22, message.subarray(11))],
    [0, record(20, Uint8Array.of(1))],
    [0, record(22, new Uint8Array(40).fill(0x99))],
  ]
  const kept = checkSession(syncthing, factsOf('tcp', 'device'), talk)
  const hash = createHash('sha256').update(CERTIFICATE).digest()
  assert.deepEqual(
    kept.of('client').map(({ id }) => id),
    [hash.toString('hex'), hash.toString('hex')],
  )
  assert.equal(kept.of('message')[0]!.fields.commonName, 'syncthing')
  assert.equal(kept.of('message')[0]!.fields.device, deviceId(new Uint8Array(hash)))
})

test('through a relay: its messages, then TLS whose ends are not the devices', () => {
  const talk: (readonly [Side, Uint8Array])[] = [
    [0, fromHex('9e79bc40 00000003 0000000c 00000005 6b65793031000000')],
    [1, fromHex('9e79bc40 00000004 00000010 00000000 00000007 7375636365737300')],
    [0, record(22, certificateMessage())],
  ]
  const kept = checkSession(syncthing, factsOf('tcp', 'relay-session'), talk)
  assert.deepEqual(
    kept.of('message').map(({ fields }) => fields.relay ?? fields.type),
    ['join-session', 'response', 'certificate'],
  )
  assert.equal(kept.of('message')[1]!.fields.text, 'success')
  assert.equal(kept.of('claim')[0]!.part, 'relay')
  assert.equal(kept.of('client').length, 0)
})

test('addresses of all kinds', () => {
  const told = (address: string): string => {
    const found = readAddress(address, '192.0.2.7')
    return found === undefined ? 'none' : `${endpointText(found.about)} ${found.part}`
  }
  assert.equal(told('relay://198.51.100.3:22067/?id=ABC'), '198.51.100.3:22067 relay')
  assert.equal(told('quic4://:22000'), '192.0.2.7:22000 device-quic')
  assert.equal(told('tcp6://[2001:db8::1]:22000'), '[2001:db8::1]:22000 device')
  assert.equal(told('tcp://[::]:22000'), '192.0.2.7:22000 device')
  assert.equal(told('tcp://name.example:22000'), 'none')
  assert.equal(told('dynamic+https://relays.syncthing.net/endpoint'), 'none')
  assert.equal(told('tcp://192.0.2.1:70000'), 'none')
})

test('every field of a message is in the schema', () => {
  const known = new Set(Object.keys(logs.syncthing.properties))
  const messages = [...tcp, ...quic].flatMap(({ kept }) => kept.of('message'))
  assert.ok(messages.length >= 6, `${messages.length}`)
  for (const { fields } of messages) {
    for (const key of Object.keys(fields)) assert.ok(known.has(key), key)
  }
})
