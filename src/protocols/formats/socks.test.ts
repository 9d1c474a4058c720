/** SOCKS heads by RFC 1928 and 1929 and the text of version 4: whole, cut at every byte, and others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { type SocksSight, socksAnswer, socksAsk, socksDatagram } from './socks.ts'

const REST = fromHex('13426974')

function check(read: (bytes: Uint8Array) => SocksSight, text: string, endpoint?: string): void {
  const head = fromHex(text)
  for (let size = 0; size < head.length; size++) {
    assert.equal(read(head.subarray(0, size)), 'more', `${text} cut at ${size}`)
  }
  const sight = read(concat(head, REST))
  assert.ok(typeof sight === 'object', `${text}: ${sight}`)
  assert.equal(sight.size, head.length)
  const { endpoint: at } = sight
  assert.equal(at === undefined ? undefined : `${at.ip} ${at.port}`, endpoint)
}

test('version 5: methods, a password, addresses of three kinds', () => {
  check(socksAsk, '0501 00 050100 01 c6336402 1ae1', '198.51.100.2 6881')
  check(socksAsk, '050200 02 050100 04 20010db8000000000000000000000007 1ae1', '2001:db8::7 6881')
  check(socksAsk, '050102 01 05616c696365 03616263 050100 03 09 747261636b65722e78 1b39')
  check(socksAnswer, '0500 050000 01 c6336404 d431', '198.51.100.4 54321')
  check(socksAnswer, '0502 0100 050000 01 00000000 0000', '0.0.0.0 0')
})

test('version 4 and 4A', () => {
  check(socksAsk, '0401 1ae1 c6336402 6d6500', '198.51.100.2 6881')
  check(socksAsk, '0401 1b39 00000001 00 747261636b65722e7800')
  check(socksAnswer, '005a 0000 00000000')
})

test('refusals, other commands and other bytes are none', () => {
  for (const text of [
    '0500',
    '0509',
    '0501 00 050200',
    '0501 00 050101',
    '0501 00 0501 00 02',
    '0402',
    '13426974',
  ]) {
    assert.equal(socksAsk(fromHex(text)), 'no', text)
  }
  for (const text of ['05ff', '0501', '0500 0505', '005b', '485454502f']) {
    assert.equal(socksAnswer(fromHex(text)), 'no', text)
  }
  // Texts that never end are not waited for.
  assert.equal(
    socksAsk(concat(fromHex('0401 1ae1 c6336402'), new Uint8Array(300).fill(0x61))),
    'no',
  )
  assert.equal(
    socksAsk(concat(fromHex('0401 1ae1 00000001 00'), new Uint8Array(300).fill(0x61))),
    'no',
  )
})

test('datagrams name their far end', () => {
  const head = fromHex('0000 00 01 c6336402 1ae1')
  assert.deepEqual(socksDatagram(concat(head, REST)), {
    size: 10,
    endpoint: { ip: '198.51.100.2', port: 6881 },
  })
  for (let size = 0; size < head.length; size++)
    assert.equal(socksDatagram(head.subarray(0, size)), undefined)
  assert.equal(socksDatagram(fromHex('0000 01 01 c6336402 1ae1 13')), undefined)
  assert.equal(socksDatagram(fromHex('0001 00 01 c6336402 1ae1 13')), undefined)
})
