/** Skype is named by its naks, its covers and its many probes; one datagram or a real TLS is not it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, type Transcript } from '../../core/session-check.ts'
import {
  asked,
  covered,
  enciphered,
  login,
  makeTalk,
  nak,
  payload,
  probes,
} from './fixtures/make-talk.ts'
import { skype } from './index.ts'
import { ANSWER, HELLO } from './wire/cover.ts'

/** As the engine asks: after each piece, until something is said. */
function sightOf(flow: CapturedFlow): string {
  for (let count = 1; count <= Math.min(flow.pieces.length, 64); count++) {
    const sight = skype.recognise(lookAt(flow, count))
    if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
  }
  return 'no'
}

const udp = (...talk: Transcript) => sightOf(madeFlow('udp', talk))
const tcp = (...talk: Transcript) => sightOf(madeFlow('tcp', talk))

test('the fixture is what its maker makes, and what can be told of it is', () => {
  const path = repositoryFile('src/protocols/skype/fixtures/talk.pcap')
  const file = new Uint8Array(readFileSync(path))
  assert.deepEqual(file, makeTalk())
  assert.deepEqual(flowsOf(file).map(sightOf), [
    'peer likely',
    'peer certain',
    'no',
    'peer certain',
    'login certain',
  ])
})

test('a nak is certain with the address it was sent to, likely with another', () => {
  assert.equal(udp(asked[0]!, asked[1]!), 'peer certain')
  assert.equal(udp(asked[0]!, [1, nak(0x1a01, '203.0.113.200')]), 'peer likely')
  assert.equal(udp(asked[0]!, [1, nak(0x1a02, '192.0.2.1')]), 'no')
  assert.equal(udp(asked[0]!, [1, nak(0x1a01, '0.0.0.0')]), 'no')
  assert.equal(udp(asked[0]!, [0, nak(0x1a01, '192.0.2.1')]), 'no')
})

test('one probe is nothing, five are likely, and a plain sequence is another protocol', () => {
  assert.equal(udp(probes[0]!), 'no')
  assert.equal(udp(...probes.slice(0, 4)), 'no')
  assert.equal(udp(...probes), 'peer likely')
  const counted = [1, 2, 3, 4, 5, 6].map((id) => [0, payload(id, 40)] as const)
  assert.equal(udp(...counted), 'no')
  const same = [1, 2, 3, 4, 5, 6].map(() => [0, payload(0x8060, 40)] as const)
  assert.equal(udp(...same), 'no')
})

test('a lone probe fits where its sender is known', () => {
  const flow = (...talk: Transcript) => skype.fits!(lookAt(madeFlow('udp', talk)))
  assert.deepEqual(
    flow(probes[0]!).map(({ part, taughtAs, alone }) => [part, taughtAs, alone]),
    [['probe', ['peer'], undefined]],
  )
  assert.deepEqual(flow([0, enciphered(18, 3)]), [])
})

test('near misses on UDP: DNS, RTP, STUN, uTP, NTP, TFTP', () => {
  const of = (hexText: string) => [0, fromHex(hexText)] as const
  const tail = 'c2a5b4e1f7083d9be62a174c'
  const dns = of(
    `1dd7 0200 0001 0000 0000 0000 0663 6f6e 6669 6705 736b 7970 65 03 636f6d 00 0001 0001`,
  )
  const rtp = [0, 1, 2, 3, 4, 5].map((i) => of(`8060 020${i} 0000${i}a40 deadbeef ${tail}`))
  const utp = [0, 1, 2, 3, 4, 5].map((i) => of(`0100 02a${i} 5e31${i}7aa 0a1${i}33bb ${tail}`))
  const stun = of(`0001 0200 2112a442 ${tail} 00000000`)
  const tftp = [0, 1, 2, 3, 4].map((i) => of(`0003 020${i} ${tail}${tail}`))
  const ntp = of(`e302 02ec 00000000 00000000 00000000 ${tail}${tail}`)
  for (const talk of [
    [dns, dns, dns, dns, dns],
    rtp,
    utp,
    [stun],
    tftp,
    [ntp, ntp, ntp, ntp, ntp],
  ]) {
    assert.equal(udp(...talk), 'no')
  }
})

test('a count of all that is sent, behind which stand kinds, is no Skype', () => {
  const kinds = [2, 2, 3, 2, 2, 3, 2, 2]
  const sent = (step: number) =>
    kinds.map((kind, i) => {
      const bytes = payload(0x2100 + step * i + (i > 3 ? 1 - (step % 2) : 0), 60)
      bytes[2] = kind
      bytes.set(enciphered(8, 70 + i), 3)
      return [0, bytes] as const
    })
  assert.equal(udp(...sent(1)), 'no')
  assert.equal(udp(...sent(6)), 'peer likely')
})

test('enciphered sound whose counter passes 0x0200 is no Skype', () => {
  // RFC 3550 5.1: version 2, a marker on the first packet only, counter, clock, source; then SRTP.
  const packet = (i: number) =>
    concat(
      Uint8Array.of(0x80, i === 0 ? 0xe0 : 0x60, 2, 0x11 + i),
      fromHex('4a71c2').slice(),
      Uint8Array.of(20 * i),
      fromHex('9be410d7'),
      enciphered(90, 50 + i),
    )
  for (const count of [4, 5, 9]) {
    const sent = Array.from({ length: count }, (_, i) => [0, packet(i)] as const)
    assert.equal(udp(...sent), 'no')
    assert.equal(udp(...sent, [1, packet(0)]), 'no')
  }
})

test('covers: the answer and the login are certain, a hello that goes on at once is likely', () => {
  assert.equal(tcp(...covered), 'peer certain')
  assert.equal(tcp(...covered.slice(0, 2)), 'peer likely')
  assert.equal(tcp(...login), 'login certain')
  assert.equal(tcp(login[0]!), 'login unsure')
})

test('near misses on TCP: a true TLS behind the same hello, other server hellos, whole records', () => {
  const hello = [0, concat(HELLO, enciphered(16, 1))] as const
  const other = ANSWER.slice()
  other[30]! ^= 1
  assert.equal(tcp(hello), 'no')
  assert.equal(tcp(hello, [1, other]), 'no')
  assert.equal(tcp(hello, [0, concat(fromHex('1603010046'), enciphered(70, 2))]), 'no')
  assert.equal(tcp([0, fromHex('1603010005 0100000100')], [1, fromHex('1503010002 0228')]), 'no')
  assert.equal(tcp([0, fromHex('1603010000')], [1, fromHex('1503010002 0228')]), 'no')
  assert.equal(
    tcp([0, bytesOf('GET / HTTP/1.1\r\n\r\n')], [1, bytesOf('HTTP/1.1 200 OK\r\n')]),
    'no',
  )
})

test('sessions say who listens where, and what a nak tells', () => {
  const kept = checkSession(skype, factsOf('udp', 'peer'), asked)
  assert.deepEqual(
    kept.of('claim').map(({ about, via }) => `${about.ip}:${about.port} ${via}`),
    ['192.0.2.1:40000 datagram', '198.51.100.2:6881 probe', '198.51.100.2:6881 datagram'],
  )
  const [told] = kept.of('message').filter(({ name }) => name === 'nak')
  assert.deepEqual(told?.fields, { type: 'nak', id: 0x1a01, seen: '192.0.2.1', kind: 7 })
  const check = new Ajv2020({ allErrors: true }).compile(skype.logs!.skype!)
  const covers = checkSession(skype, factsOf('tcp', 'peer'), covered).of('message')
  assert.deepEqual(
    covers.map(({ name }) => name),
    ['hello', 'answer'],
  )
  const logins = checkSession(skype, factsOf('tcp', 'login'), login).of('message')
  assert.deepEqual(
    logins.map(({ name }) => name),
    ['login-open', 'login-ready'],
  )
  for (const { fields } of [...kept.of('message'), ...covers, ...logins]) {
    assert.ok(check(fields), JSON.stringify([fields, check.errors]))
  }
})

test('captures of real clients: covers, logins and naks are found', (context) => {
  const files = ['skype/ndpi-skype', 'skype/ndpi-skype_udp', 'bittorrent/mercury-capture2']
  const paths = files.flatMap((name) => sharedCapture(`third-party/p2p/${name}.pcap`) ?? [])
  if (paths.length < files.length)
    return context.skip('the shared captures are not on this machine')
  const seen = paths.map((path) => {
    const sights = flowsOf(readFileSync(path)).map(sightOf)
    const certain = sights.filter((sight) => sight.endsWith('certain')).length
    return [certain, sights.filter((sight) => sight.endsWith('likely')).length]
  })
  // Counted by hand with tshark: 9 answers and 4 logins; naks with 3 public and 24 hidden addresses.
  assert.deepEqual(seen[0], [13, 19])
  assert.deepEqual(seen[1], [0, 1])
  assert.equal(seen[2]![0], 7)
})

test('no call of today, and no other program, is Skype', (context) => {
  const names = [
    'other/ndpi/teams.pcap',
    'other/ndpi/stun.pcap',
    'other/ndpi/dnscrypt_skype_false_positive.pcapng',
    'other/ndpi/stun_msteams_unidir.pcapng',
  ]
  const paths = names.flatMap((name) => sharedCapture(`third-party/${name}`) ?? [])
  if (paths.length < names.length)
    return context.skip('the shared captures are not on this machine')
  for (const path of paths) {
    for (const flow of flowsOf(readFileSync(path))) {
      assert.equal(sightOf(flow), 'no', path)
    }
  }
})
