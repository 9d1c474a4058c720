/** A flow of ICMP says its type, not ports that it does not have. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calledText, openerText, protoText } from './icmp.ts'

test('a neighbour solicitation (RFC 4861, type 135) has addresses and a name', () => {
  const ends = { srcIp: 'fe80::1', srcPort: 135, dstIp: 'ff02::1', dstPort: 136 }
  const flow = { proto: 'IPv6-ICMP', ...ends }
  assert.equal(protoText(flow), 'ICMPv6 neighbour solicit')
  assert.deepEqual([openerText(flow), calledText(flow)], ['fe80::1', 'ff02::1'])
  assert.equal(protoText({ ...flow, srcPort: 200 }), 'ICMPv6 type 200')
  assert.equal(protoText({ ...flow, proto: 'ICMP', srcPort: 42 }), 'ICMP type 42')
})

test('TCP keeps its ports', () => {
  const ends = { srcIp: '192.0.2.1', srcPort: 135, dstIp: '2001:db8::1', dstPort: 136 }
  const flow = { proto: 'TCP', ...ends }
  assert.equal(protoText(flow), 'TCP')
  assert.deepEqual([openerText(flow), calledText(flow)], ['192.0.2.1:135', '[2001:db8::1]:136'])
})
