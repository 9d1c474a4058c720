/** Every instruction of classic BPF, one small program each, written by hand from the paper's table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import { type BpfProgram, parseBpf, runBpf } from './bpf.ts'
import { payload } from './captures-in-test.ts'

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number]

// BPF_LD, LDX, ST, STX, ALU, JMP, RET, MISC; sizes W H B; modes IMM ABS IND MEM LEN MSH.
// biome-ignore format: a table
const LD = 0, LDX = 1, ST = 2, STX = 3, ALU = 4, JMP = 5, RET = 6, MISC = 7
const W = 0x00
const H = 0x08
const B = 0x10
// biome-ignore format: a table
const IMM = 0x00, ABS = 0x20, IND = 0x40, MEM = 0x60, LEN = 0x80, MSH = 0xa0
const X = 0x08
const A = 0x10
const TAX = 0x00
const TXA = 0x80
const JEQ = 0x10

function programOf(instructions: readonly Instruction[]): BpfProgram {
  const lines = instructions.map((one) => one.join(' '))
  const program = parseBpf(`${lines.length}\n${lines.join('\n')}\n`)
  assert.ok(program !== undefined)
  return program
}

/** The packet lies inside a larger buffer, whose other bytes must not be seen. */
const PACKET = fromHex('45 01 80 03 fe ff 06')
const BUFFER = concat(payload(9, 200), PACKET, payload(20, 100))

function run(...instructions: readonly Instruction[]): boolean {
  return runBpf(programOf(instructions), BUFFER, 9, PACKET.length, 1500)
}

/** Whether the accumulator holds `value` after these. */
function leaves(value: number, ...instructions: readonly Instruction[]): boolean {
  return run(...instructions, [JMP | JEQ, 0, 1, value], [RET, 0, 0, 1], [RET, 0, 0, 0])
}

const set = (a: number): Instruction => [LD | IMM, 0, 0, a]
const setX = (x: number): Instruction => [LDX | IMM, 0, 0, x]

test('loads of all sizes and modes', () => {
  assert.ok(leaves(0x45018003, [LD | W | ABS, 0, 0, 0]))
  assert.ok(leaves(0x8003feff, [LD | W | ABS, 0, 0, 2]))
  assert.ok(leaves(0xfeff, [LD | H | ABS, 0, 0, 4]))
  assert.ok(leaves(6, [LD | B | ABS, 0, 0, 6]))
  assert.ok(leaves(0xff06, setX(4), [LD | H | IND, 0, 0, 1]))
  assert.ok(leaves(0x80, setX(2), [LD | B | IND, 0, 0, 0]))
  assert.ok(leaves(1500, [LD | W | LEN, 0, 0, 0]))
  assert.ok(leaves(1500, [LDX | W | LEN, 0, 0, 0], [MISC | TXA, 0, 0, 0]))
  assert.ok(leaves(20, [LDX | B | MSH, 0, 0, 0], [MISC | TXA, 0, 0, 0]))
  assert.ok(leaves(9, set(9), [ST, 0, 0, 15], set(1), [LD | MEM, 0, 0, 15]))
  assert.ok(leaves(8, setX(8), [STX, 0, 0, 3], [LDX | MEM, 0, 0, 3], [MISC | TXA, 0, 0, 0]))
  assert.ok(leaves(7, set(7), [MISC | TAX, 0, 0, 0], set(1), [MISC | TXA, 0, 0, 0]))
})

test('memory does not outlive a packet', () => {
  assert.ok(leaves(5, set(5), [ST, 0, 0, 2]))
  assert.ok(leaves(0, [LD | MEM, 0, 0, 2]))
})

test('a load that is not wholly inside the captured bytes rejects', () => {
  const accept: Instruction = [RET, 0, 0, 1]
  for (const [size, width] of [
    [W, 4],
    [H, 2],
    [B, 1],
  ] as const) {
    assert.ok(run([LD | size | ABS, 0, 0, 7 - width], accept))
    assert.ok(!run([LD | size | ABS, 0, 0, 8 - width], accept))
    assert.ok(!run([LD | size | ABS, 0, 0, 0xffdfffff], accept))
    assert.ok(run(setX(7 - width), [LD | size | IND, 0, 0, 0], accept))
    assert.ok(!run(setX(8 - width), [LD | size | IND, 0, 0, 0], accept))
    // The sum must not wrap to a small offset.
    assert.ok(!run(setX(0xffffffff), [LD | size | IND, 0, 0, 1], accept))
  }
  assert.ok(!run([LDX | B | MSH, 0, 0, 7], accept))
})

test('arithmetic is of 32 unsigned bits', () => {
  const add = 0x00
  const sub = 0x10
  const mul = 0x20
  const div = 0x30
  const or = 0x40
  const and = 0x50
  const shl = 0x60
  const shr = 0x70
  const neg = 0x80
  const mod = 0x90
  const xor = 0xa0
  for (const [op, a, b, result] of [
    [add, 0xffffffff, 2, 1],
    [sub, 1, 2, 0xffffffff],
    [mul, 0x10001, 0x10001, 0x20001],
    [mul, 0xffffffff, 0xffffffff, 1],
    [div, 0xffffffff, 2, 0x7fffffff],
    [or, 0x80000000, 1, 0x80000001],
    [and, 0xf0f0f0f0, 0xff000000, 0xf0000000],
    [shl, 0x80000001, 1, 2],
    [shl, 1, 32, 0],
    [shr, 0x80000000, 31, 1],
    [shr, 0x80000000, 32, 0],
    [mod, 0xffffffff, 10, 5],
    [xor, 0xffffffff, 1, 0xfffffffe],
  ] as const) {
    assert.ok(leaves(result, set(a), [ALU | op, 0, 0, b]), `${op} of constants`)
    assert.ok(leaves(result, set(a), setX(b), [ALU | op | X, 0, 0, 0]), `${op} of x`)
  }
  assert.ok(leaves(0xffffffff, set(1), [ALU | neg, 0, 0, 0]))
})

test('division by nothing rejects', () => {
  for (const op of [0x30, 0x90]) {
    assert.ok(!run(set(1), [ALU | op, 0, 0, 0], [RET, 0, 0, 1]))
    assert.ok(!run(set(1), setX(0), [ALU | op | X, 0, 0, 0], [RET, 0, 0, 1]))
  }
})

test('jumps compare without sign', () => {
  // op, accumulator, operand, taken
  for (const [op, a, b, taken] of [
    [0x10, 5, 5, true],
    [0x10, 5, 6, false],
    [0x20, 0x80000000, 1, true],
    [0x20, 1, 1, false],
    [0x30, 1, 1, true],
    [0x30, 0, 0xffffffff, false],
    [0x40, 0x80000001, 0x80000000, true],
    [0x40, 0x7fffffff, 0x80000000, false],
  ] as const) {
    const ends: Instruction[] = [
      [RET, 0, 0, 1],
      [RET, 0, 0, 0],
    ]
    assert.equal(run(set(a), [JMP | op, 0, 1, b], ...ends), taken)
    assert.equal(run(set(a), setX(b), [JMP | op | X, 0, 1, 0], ...ends), taken)
  }
  assert.ok(run([JMP, 0, 0, 1], [RET, 0, 0, 0], [RET, 0, 0, 1]))
})

test('returns of a constant and of the accumulator', () => {
  assert.ok(run([RET, 0, 0, 65_535]))
  assert.ok(!run([RET, 0, 0, 0]))
  assert.ok(run(set(1), [RET | A, 0, 0, 0]))
  assert.ok(!run(set(0), [RET | A, 0, 0, 1]))
})

test('what is no program is none', () => {
  for (const listing of ['', '0\n', 'x', '2\n6 0 0 1\n', '1\n6 0 1\n', '1\n6 0 0 y\n', '99999\n']) {
    assert.equal(parseBpf(listing), undefined, listing)
  }
})

test('any program ends, without throwing', () => {
  const random = randomFrom(9)
  for (let round = 0; round < 5000; round++) {
    const instructions = Array.from(
      { length: 1 + (random() % 20) },
      (): Instruction => [
        random() % 256,
        random() % 8,
        random() % 8,
        random() % (random() % 2 ? 9 : 2 ** 32),
      ],
    )
    const lines = instructions.map((one) => one.join(' ')).join('\n')
    const program = parseBpf(`${instructions.length}\n${lines}`)
    if (program === undefined) continue
    runBpf(program, BUFFER, 9, PACKET.length, 1500)
  }
})
