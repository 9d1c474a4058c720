/** What TLS clients offer and whom they ask for, out of a real hello and of made ones. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { helloWith } from './hello-in-test.ts'
import { alpnIn, asksForServer, serverNameIn } from './tls-hello.ts'

/** The ClientHello of real/syncthing.pcap, without its record. */
const REAL = fromHex(
  '010000f2 0303 f3406657d5790a99c1dee47a3cc64a68d5b707398269f33e188c9e4c060a15a5' +
    '20 2cbfb4de805c3f66fdac25b71b44d6afab1a5899c5be418e76503681f58661d4' +
    '0026 c02bc02fc02cc030cca9cca8c009c013c00ac014009c009d002f0035c012000a130113021303 0100' +
    '0083 000500050100000000 000a000a0008001d001700180019 000b00020100' +
    '000d001a0018080404030807080508060401050106010503060302010203 ff01000100' +
    '0010000a00080762 65702f312e30 00120000 002b0003020304' +
    '003300260024001d0020436a6f51b0069e03a29bcb51b372df37fbf92026e14aba7cefe65765fdf01b3a',
)
/** Behind its ALPN stand 4 + 7 + 42 bytes. */
const ALPN_END = REAL.length - 53

function hello(...extensions: readonly string[]): Uint8Array {
  return helloWith(...extensions.map(fromHex))
}

const OFFER = '0010 000a 0008 02 6832 04 64626331'
const ASK = '0000 0009 0007 00 0004 612e6f72'

test('offered protocols are known as soon as they are there', () => {
  assert.deepEqual(alpnIn(REAL), ['bep/1.0'])
  for (let size = 0; size < REAL.length; size++) {
    const wanted = size < ALPN_END ? 'more' : ['bep/1.0']
    assert.deepEqual(alpnIn(REAL.subarray(0, size)), wanted, `cut at ${size}`)
  }
  assert.deepEqual(alpnIn(concat(REAL, fromHex('1603'))), ['bep/1.0'], 'another record behind it')
})

test('names offered and asked for, in any order, or not at all', () => {
  for (const bytes of [hello(OFFER, ASK), hello(ASK, '00170000', OFFER)]) {
    assert.deepEqual(alpnIn(bytes), ['h2', 'dbc1'])
    assert.equal(serverNameIn(bytes), 'a.or')
    assert.equal(asksForServer(bytes), true)
  }
  assert.deepEqual(alpnIn(hello('00170000')), [])
  assert.equal(serverNameIn(REAL), undefined)
  assert.equal(asksForServer(REAL), false)
})

test('lengths that disagree are no hello', () => {
  assert.equal(alpnIn(fromHex('02')), 'no', 'a server hello')
  assert.equal(alpnIn(hello('0010 0005 0008 02 6832')), 'no', 'a list longer than its extension')
  assert.equal(alpnIn(hello('0010 0005 0003 03 6832')), 'no', 'a name longer than its list')
  assert.equal(alpnIn(hello('0010 0003 0001 00')), 'no', 'a name without letters')
  assert.equal(alpnIn(hello('0017 0001')), 'no', 'an extension longer than the message')
  const bare = hello()
  assert.equal(alpnIn(concat(bare.subarray(0, 3), fromHex('29'), bare.subarray(4, 45))), 'no')
  assert.equal(serverNameIn(hello('0000 0009 0007 01 0004 612e6f72')), undefined, 'no host')
  assert.equal(serverNameIn(hello('0000 0009 0007 00 0005 612e6f72')), undefined, 'too long')
})

test('every flipped byte of a real hello is survived', () => {
  for (let at = 0; at < REAL.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const bad = REAL.slice()
      bad[at]! ^= flip
      const names = alpnIn(bad)
      assert.ok(names === 'no' || names === 'more' || names.length <= 16)
      serverNameIn(bad)
    }
  }
})
