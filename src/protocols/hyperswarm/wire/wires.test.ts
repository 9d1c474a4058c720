/** Questions, answers and stream packets are read and written; the vectors are datagrams of real/hyperswarm.pcap. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { commandOf, type RpcMessage, rpcWire } from './rpc.ts'
import { udxWire } from './udx.ts'

const FIND_NODE = fromHex(
  '030c 8304 c6125a0149c2 02 44f1e6ef31498746a5357dd6ca2bdeaf1520821e9f912ddb033595675b67f00f',
)
const NODES = fromHex(
  '1305 8304 c6125a07a4b2 fcfeb7c8bfee95154f664563ec34c52ca061d541efafe436410ef92652c6e6af' +
    '03 c6125a0228a0 c6125a0329a0 c6125a042aa0',
)
const PING_NAT = fromHex('0314 8604 c6125a0149c2 01 02 2da0')
const REFUSED = fromHex(
  '130c 3434 c6125a062ca0 04 c6125a042aa0 c6125a0149c2 c6125a0228a0 c6125a0329a0 01',
)

function read(bytes: Uint8Array): RpcMessage {
  const outcome = rpcWire.parse(bytes, 0)
  assert.ok(outcome.kind === 'message', hex(bytes))
  return outcome.message
}

test('questions and answers', () => {
  checkWire(rpcWire, [
    FIND_NODE,
    NODES,
    PING_NAT,
    REFUSED,
    fromHex(
      '1301 2635 c6125a062ca0 2fd556c2810eee60085f2b99e3951ee2887018e30bbc1814d5406a2ae0eadd6a',
    ),
    fromHex(`0310 0100 c6125a0149c2 fe00000100 fdfd00 ${'00'.repeat(253)}`),
  ])
  const question = read(FIND_NODE)
  assert.equal(commandOf(question), 'find-node')
  assert.deepEqual(question.to, { ip: '198.18.90.1', port: 49737 })
  assert.deepEqual(
    read(NODES).nodes?.map(({ port }) => port),
    [41000, 41001, 41002],
  )
  assert.equal(read(REFUSED).error, 1)
  assert.equal(commandOf(read(PING_NAT)), 'ping-nat')
})

test('what is cut, longer, or of flags that do not exist is malformed', () => {
  for (const [text, fault] of [
    ['030c 8304 c6125a01', 'cut'],
    ['0320 8304 c6125a0149c2 00', 'flags-wrong'],
    ['0300 8304 c6125a0149c2 00 00', 'bytes-behind'],
    ['1304 8304 c6125a0149c2 ff00000000000000ff', 'cut'],
    ['1304 8304 c6125a0149c2 80', 'cut'],
    ['0400 8304 c6125a0149c2 00', 'version-wrong'],
    ['0310 8304 c6125a0149c2 00 0a 00', 'cut'],
  ] as const) {
    const outcome = rpcWire.parse(fromHex(text), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault, text)
  }
})

test('stream packets', () => {
  const packet = fromHex('ff010100 1b3f0f7b 00004000 00000000 00000000 380000db')
  checkWire(udxWire, [packet, fromHex('ff010000 e76fd075 00004000 00000000 01000000')])
  const outcome = udxWire.parse(packet, 0)
  assert.ok(outcome.kind === 'message')
  assert.equal(outcome.message.window, 0x400000)
  assert.equal(udxWire.parse(fromHex('ff02'), 0).kind, 'malformed')
})
