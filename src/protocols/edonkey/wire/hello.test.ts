/** HELLO: all capability bits, software and version out of the tags. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../../core/bytes.ts'
import { USER } from '../samples-in-test.ts'
import { clientTcpWire } from './client-tcp.ts'
import { capabilities, type Hello, nickOf, softwareOf, udpPortsOf } from './hello.ts'

function helloWith(tags: string, count: number, tail = ''): Hello {
  const text = `4c ${USER} c0000201 3612 0${count}000000 ${tags} 00000000 0000 ${tail}`
  const read = clientTcpWire.parse(fromHex(text), 0)
  assert.equal(read.kind, 'message')
  const value = (read as { message: { type: string; body: Hello } }).message
  assert.equal(value.type, 'hello-answer')
  return value.body
}

test('options 1 of aMule 2.3.3 (fa = 34133212) and options 2 (fe = 00000438)', () => {
  // 0x34133212: AICH 1, unicode 1, UDP 4, compression 1, secure identification 3,
  // source exchange 3, extended requests 2, comments 1, multipacket 1.
  const said = helloWith('03 0100 fa 12321334 03 0100 fe 38040000', 2)
  assert.deepEqual(capabilities(said.tags), {
    aich: 1,
    unicode: 1,
    udp_version: 4,
    compression: 1,
    secure_ident: 3,
    source_exchange: 3,
    extended_requests: 2,
    comments: 1,
    multipacket: 1,
    kad_version: 8,
    large_files: 1,
    extended_multipacket: 1,
    source_exchange_2: 1,
  })
})

test('every bit of options 1 and 2 has a name', () => {
  const said = helloWith('03 0100 fa ffffffff 03 0100 fe ff3f0000', 2)
  assert.deepEqual(capabilities(said.tags), {
    aich: 7,
    unicode: 1,
    udp_version: 15,
    compression: 15,
    secure_ident: 15,
    source_exchange: 15,
    extended_requests: 15,
    comments: 15,
    peer_cache: 1,
    no_view_shared: 1,
    multipacket: 1,
    preview: 1,
    kad_version: 15,
    large_files: 1,
    extended_multipacket: 1,
    mod: 1,
    crypt_supported: 1,
    crypt_requested: 1,
    crypt_required: 1,
    source_exchange_2: 1,
    captcha: 1,
    direct_callback: 1,
    file_identifiers: 1,
  })
})

test('the version tag: compatible client, major, minor, update', () => {
  const version = (tag: string) => softwareOf(helloWith(`03 0100 fb ${tag}`, 1))
  // The golden vector 0x0000c000: eMule 0.48a.
  assert.deepEqual(version('00c00000'), { software: 'eMule', version: '0.48a' })
  assert.deepEqual(version('800d0403'), { software: 'aMule', version: '2.3.3' })
  assert.equal(version('0000000a').software, 'MLDonkey')
  assert.equal(version('00000028').software, 'Shareaza')
  assert.equal(version('00000014').software, 'lphant')
  assert.equal(version('000000c8').software, 'compatible client 200')
})

test('without it the tail and the hash tell', () => {
  assert.equal(softwareOf(helloWith('', 0, '4d4c444b')).software, 'MLDonkey')
  assert.equal(softwareOf(helloWith('', 0, '01020304')).software, 'eDonkeyHybrid')
  assert.equal(softwareOf(helloWith('', 0)).software, 'eDonkey')
})

test('nick and UDP ports', () => {
  const said = helloWith('02 0100 01 0400 6e69636b 03 0100 f9 41124012', 2)
  assert.equal(nickOf(said), 'nick')
  assert.deepEqual(udpPortsOf(said), { kad: 4672, emule: 4673 })
})
