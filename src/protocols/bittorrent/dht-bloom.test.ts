/** The size of a BEP 33 filter is estimated as BEP 33 prints it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../core/bytes.ts'
import { bloomEstimate } from './dht-bloom.ts'

test('the vector of BEP 33: 256 IPv4 and 1,000 IPv6 addresses', () => {
  const filter = fromHex(`
    F6C3F5EA A07FFD91 BDE89F77 7F26FB2B FF37BDB8 FB2BBAA2 FD3DDDE7 BACFFF75 EE7CCBAE FE5EEDB1
    FBFAFF67 F6ABFF5E 43DDBCA3 FD9B9FFD F4FFD3E9 DFF12D1B DF59DB53 DBE9FA5B 7FF3B8FD FCDE1AFB
    8BEDD7BE 2F3EE71E BBBFE93B CDEEFE14 8246C2BC 5DBFF7E7 EFDCF24F D8DC7ADF FD8FFFDF DDFFF7A4
    BBEEDF5C B95CE81F C7FCFF1F F4FFFFDF E5F7FDCB B7FD79B3 FA1FC77B FE07FFF9 05B7B7FF C7FEFEFF
    E0B8370B B0CD3F5B 7F2BD93F EB4386CF DD6F7FD5 BFAF2E9E BFFFFEEC D67ADBF7 C67F17EF D5D75EBA
    6FFEBA7F FF47A91E B1BFBB53 E8ABFB57 62ABE8FF 237279BF EFBFEEF5 FFC5FEBF DFE5ADFF ADFEE1FB
    737FFFFB FD9F6AEF FEEE76B6 FD8F72EF`)
  assert.equal(filter.length, 256)
  // Printed as 1224.9308; the last digit depends on how the logarithms are rounded.
  assert.ok(Math.abs(bloomEstimate(filter)! - 1224.9308) < 0.0002)
})

test('empty, full and other filters', () => {
  assert.equal(bloomEstimate(new Uint8Array(256)), 0)
  assert.equal(bloomEstimate(new Uint8Array(256).fill(0xff)), undefined)
  assert.equal(bloomEstimate(new Uint8Array(255)), undefined)
})
