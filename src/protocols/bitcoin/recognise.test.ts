/** What is Bitcoin, what could be, and what must never be called so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { randomFrom } from '../../core/random.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { bitcoin } from './index.ts'
import { placeOf } from './places.ts'
import { addrV2Wire } from './wire/addr.ts'
import { frameWire } from './wire/frame.ts'
import { versionWire } from './wire/version.ts'

const ADDRESS = { services: 1n, ip: '198.51.100.2', port: 8333 }
const VERSION = versionWire.emit({
  version: 70_016,
  services: 1033n,
  time: 1_700_000_000n,
  to: ADDRESS,
  more: {
    from: { services: 1033n, ip: '0.0.0.0', port: 0 },
    nonce: fromHex('0102030405060708'),
    userAgent: bytesOf('/Satoshi:27.0.0/'),
    height: 850_000,
    rest: fromHex('01'),
  },
})

function message(magic: number, command = 'version', payload = VERSION): Uint8Array {
  return frameWire.emit({ magic, command, payload, checked: true })
}

function sure(transcript: readonly (readonly [Side, Uint8Array])[], fromStart = true): string {
  const sight = bitcoin.recognise(lookAt(madeFlow('tcp', transcript, fromStart)))
  return typeof sight === 'string' ? sight : sight.sureness
}

function chance(size: number, seed: number): Uint8Array {
  const random = randomFrom(seed)
  return Uint8Array.from({ length: size }, () => (random() % 251) ^ (random() % 256))
}

test('a known magic with a command is certain, from either side and from the middle', () => {
  assert.equal(sure([[0, message(0xf9beb4d9)]]), 'certain')
  assert.equal(sure([[1, message(0xc0c0c0c0)]]), 'certain')
  assert.equal(
    sure(
      [
        [0, chance(100, 3)],
        [1, message(0xf9beb4d9, 'inv')],
      ],
      false,
    ),
    'certain',
  )
})

test('a magic alone is not enough', () => {
  assert.equal(sure([[0, concat(fromHex('c0c0c0c0'), chance(60, 5))]]), 'no')
  assert.equal(
    sure([[0, concat(bytesOf('RAVN'), bytesOf(' is a bird that croaks all day'))]]),
    'no',
  )
  assert.equal(sure([[0, concat(fromHex('f9beb4d9'), new Uint8Array(40))]]), 'no')
})

test('an unknown network is likely by its whole version, and certain once read', () => {
  const own = message(0x12f3a4b5)
  const look = lookAt(madeFlow('tcp', [[0, own]]))
  assert.deepEqual(
    bitcoin.fits!(look).map(({ alone }) => alone),
    ['likely'],
  )
  const broken = own.slice()
  broken[60]! ^= 1
  assert.deepEqual(bitcoin.fits!(lookAt(madeFlow('tcp', [[0, broken]]))), [])
  const kept = checkSession(bitcoin, factsOf('tcp', 'peer'), [[0, own]])
  assert.deepEqual(
    kept.of('recognition').map(({ sureness }) => sureness),
    ['certain'],
  )
  assert.equal(kept.of('message')[0]!.fields.network, 'unknown')
})

test('keys of BIP 324 fit, but are nothing without a claim', () => {
  const look = lookAt(
    madeFlow('tcp', [
      [0, chance(300, 7)],
      [1, chance(900, 11)],
    ]),
  )
  const [fit] = bitcoin.fits!(look)
  assert.deepEqual([fit?.part, fit?.alone], ['encrypted', undefined])
  const text = bytesOf(
    'SSH-2.0-OpenSSH_9.6 and a long line of text that goes on and on and on for ever',
  )
  assert.deepEqual(
    bitcoin.fits!(
      lookAt(
        madeFlow('tcp', [
          [0, text],
          [1, text],
        ]),
      ),
    ),
    [],
  )
})

test('addrv2: Internet addresses are claims, hidden services are named', () => {
  const key = fromHex('79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f')
  // The name of that key: torspec rend-spec-v3, section "encoding onion addresses".
  const onion = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion'
  assert.equal(placeOf({ network: 4, address: key }).host, onion)
  const list = addrV2Wire.emit([
    { time: 1, services: 9n, network: 1, address: fromHex('cb007107'), port: 8333 },
    { time: 2, services: 9n, network: 4, address: key, port: 8333 },
  ])
  const kept = checkSession(bitcoin, factsOf('tcp', 'peer'), [
    [0, message(0xf9beb4d9)],
    [1, message(0xf9beb4d9, 'addrv2', list)],
  ])
  assert.deepEqual(
    kept.of('claim').map(({ via, about }) => [via, about]),
    [
      ['version', { ip: '198.51.100.2', port: 8333 }],
      ['addrv2', { ip: '203.0.113.7', port: 8333 }],
    ],
  )
  const [, said] = kept.of('message')
  assert.deepEqual(said!.fields.addresses, ['203.0.113.7:8333', `${onion}:8333`])
})

test('after a hole the next message is found again', () => {
  const kept = checkSession(bitcoin, factsOf('tcp', 'peer', false), [
    [0, chance(50, 9)],
    [0, message(0xf9beb4d9, 'verack', new Uint8Array(0))],
    [0, message(0xf9beb4d9)],
  ])
  assert.deepEqual(
    kept.of('message').map(({ name }) => name),
    ['verack', 'version'],
  )
})
