/** WebSocket frames: the examples of RFC 6455 and RFC 7692, and what is no frame. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import { checkWire } from '../../core/wire-check.ts'
import { TEXT, WebSocketAssembler, type WebSocketFrame, webSocketWire } from './websocket.ts'

// RFC 6455 section 5.7.
const HELLO = fromHex('8105 48656c6c6f')
const HELLO_MASKED = fromHex('8185 37fa213d 7f9f4d5158')
const HEL = fromHex('0103 48656c')
const LO = fromHex('8002 6c6f')
const PING = fromHex('8905 48656c6c6f')
const LONG = concat(fromHex('827e0100'), new Uint8Array(256))
const LONGER = concat(fromHex('827f0000000000010000'), new Uint8Array(65_536))

function read(bytes: Uint8Array): WebSocketFrame {
  const outcome = webSocketWire.parse(bytes, 0)
  if (outcome.kind !== 'message') assert.fail(JSON.stringify(outcome))
  return outcome.message
}

test('keeps the contract of wires', () => {
  checkWire(webSocketWire, [HELLO, HELLO_MASKED, HEL, LO, PING, LONG])
})

test('reads the examples of RFC 6455', () => {
  assert.equal(latin1(read(HELLO).payload), 'Hello')
  assert.equal(latin1(read(HELLO_MASKED).payload), 'Hello')
  assert.equal(read(HELLO_MASKED).mask?.length, 4)
  assert.equal(read(LONGER).payload.length, 65_536)
  const assembler = new WebSocketAssembler()
  assert.equal(assembler.add(read(HEL)), undefined)
  // A control frame may stand between the fragments.
  assert.equal(assembler.add(read(PING))?.opcode, 9)
  const whole = assembler.add(read(LO))
  assert.equal(whole?.opcode, TEXT)
  assert.equal(latin1(whole!.bytes), 'Hello')
})

test('inflates the examples of RFC 7692 section 7.2.3', () => {
  const assembler = new WebSocketAssembler()
  const whole = assembler.add(read(fromHex('c107 f248cdc9c90700')))
  assert.equal(latin1(whole!.bytes), 'Hello')
  assert.equal(assembler.add(read(fromHex('4103 f248cd'))), undefined)
  assert.equal(latin1(assembler.add(read(fromHex('8004 c9c90700')))!.bytes), 'Hello')
  // This one refers back to the message before it: it cannot be read on its own, and says so.
  const second = assembler.add(read(fromHex('c105 f200110000')))
  assert.equal(second?.readable, false)
})

test('names what is no frame', () => {
  // biome-ignore format: a table
  const table = [
    ['8300', 'opcode-unknown'],
    ['8b00', 'opcode-unknown'],
    ['a100', 'reserved-bits-set'],
    ['897e0080', 'control-too-long'],
    ['0900', 'control-fragmented'],
    ['817e007d', 'size-not-shortest'],
    ['817f000000000000ffff', 'size-not-shortest'],
    ['817f0000000100000000', 'frame-too-long'],
    ['817f0000000000ffffff', 'frame-too-long'],
  ] as const
  for (const [input, fault] of table) {
    const outcome = webSocketWire.parse(fromHex(input), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault, input)
  }
})

test('a message that grows beyond the bound is not kept', () => {
  const assembler = new WebSocketAssembler()
  const part = { opcode: 1, compressed: false, final: false, payload: new Uint8Array(500_000) }
  assembler.add(part)
  assembler.add({ ...part, opcode: 0 })
  const end = assembler.add({ ...part, opcode: 0, final: true })
  assert.deepEqual(end, { opcode: 1, bytes: bytesOf(''), readable: false })
})
