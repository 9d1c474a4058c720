/** Commands, lines, keys and TLS offers are read, and survive any bytes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, indexOfBytes } from '../../../core/bytes.ts'
import { flowsOf } from '../../../core/captured-flows.ts'
import { repositoryFile } from '../../../core/repository.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { adcWire, namedOf, unescaped } from './adc.ts'
import { offeredProtocols } from './hello.ts'
import { keyOf } from './key.ts'
import { nmdcWire } from './nmdc.ts'

function pieces(name: string) {
  const path = repositoryFile(`src/protocols/directconnect/fixtures/${name}.pcap`)
  return flowsOf(readFileSync(path))[0]!.pieces
}

test('the contract of NMDC commands and ADC lines', () => {
  checkWire(nmdcWire, [
    bytesOf('|'),
    bytesOf('$Search 10.44.0.12:3100 F?T?0?1?mountain|'),
    bytesOf('<alice> na\xefve|'),
  ])
  checkWire(adcWire, [
    bytesOf('\n'),
    bytesOf('HSUP ADBASE ADTIGR\n'),
    bytesOf('BMSG AAAB welcome\\sto\\sthe\\sADC\\shub\n'),
    bytesOf('IGPA\n'),
  ])
})

test('no end mark within the bound is a fault, as are heads of other protocols', () => {
  const long = nmdcWire.parse(new Uint8Array(nmdcWire.messageBytesMax).fill(0x41), 0)
  assert.deepEqual(long, { kind: 'malformed', fault: 'command-too-long', at: 0 })
  assert.equal(adcWire.parse(bytesOf('HTTP/1.1 200 OK\r\n'), 0).kind, 'malformed')
  assert.equal(adcWire.parse(bytesOf('EHLO host\r\n'), 0).kind, 'message')
  assert.deepEqual(adcWire.parse(bytesOf('AINF x\n'), 0), {
    kind: 'malformed',
    fault: 'header-bad',
    at: 0,
  })
})

test('values are unescaped; a name may come again', () => {
  assert.equal(unescaped('a\\sb\\\\s\\n'), 'a b\\s\n')
  assert.deepEqual(namedOf(['AAAB', 'ANone', 'ANtwo', 'x']).get('AN'), ['one', 'two'])
})

test('the keys that real clients answered to a real hub and to each other', () => {
  for (const name of ['nmdc-hub', 'nmdc-peer']) {
    const all = pieces(name)
    let keys = 0
    for (const from of [0, 1] as const) {
      const locks = Buffer.concat(all.filter((p) => p.from !== from).map((p) => p.bytes))
      const said = Buffer.concat(all.filter((p) => p.from === from).map((p) => p.bytes))
      const at = indexOfBytes(said, bytesOf('$Key '), 0)
      const lockAt = indexOfBytes(locks, bytesOf('$Lock '), 0)
      if (at < 0 || lockAt < 0) continue
      const lock = locks.subarray(lockAt + 6, locks.indexOf(0x20, lockAt + 6))
      assert.deepEqual(Buffer.from(keyOf(lock)!), said.subarray(at + 5, said.indexOf(0x7c, at)))
      keys++
    }
    assert.equal(keys, name === 'nmdc-hub' ? 1 : 2)
  }
  assert.equal(keyOf(bytesOf('ab')), undefined)
})

test('ncdc offers adc and nmdc; a cut hello wants more; other bytes are none', () => {
  const hello = pieces('adcs')[0]!.bytes
  assert.deepEqual(offeredProtocols(hello), ['adc', 'nmdc'])
  for (let size = 0; size < hello.length; size++) {
    assert.equal(offeredProtocols(hello.slice(0, size)), 'more')
  }
  for (let at = 0; at < hello.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const bad = hello.slice()
      bad[at]! ^= flip
      offeredProtocols(bad)
    }
  }
  assert.equal(offeredProtocols(bytesOf('\x16\x03\x01\x00\x05\x02')), undefined)
})

test('a ClientHello that offers nothing: by name it is no user’s, without one it may be', () => {
  const hello = (extension: readonly number[]): Uint8Array => {
    const body = [3, 3, ...new Array<number>(32).fill(7), 0, 0, 2, 0x13, 1, 1, 0]
    body.push(0, extension.length, ...extension)
    return Uint8Array.from([0x16, 3, 1, 0, body.length + 4, 1, 0, 0, body.length, ...body])
  }
  assert.equal(offeredProtocols(hello([0, 0, 0, 6, 0, 4, 0, 0, 1, 0x61])), undefined)
  assert.deepEqual(offeredProtocols(hello([0, 23, 0, 0])), [])
})
