/** What the kernel is asked to let through means what it means to tcpdump, cut to the wanted length. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { udpFrame } from '../../core/packet-maker.ts'
import { runBpf } from './bpf.ts'
import { compileFilter, FilterError } from './filter.ts'
import { asksForTags, kernelFilter } from './live.ts'

const FRAME = udpFrame(
  { ip: '192.0.2.1', port: 1000 },
  { ip: '192.0.2.2', port: 53 },
  new Uint8Array(4),
)

const skip = (() => {
  try {
    compileFilter('udp', 1)
    return false
  } catch {
    return 'expressions are compiled by tcpdump, which is not installed'
  }
})()

test('without an expression everything comes, as long as wanted', () => {
  const { code, k } = kernelFilter(undefined, 1, 96)
  // BPF_RET with a constant is 6: McCanne and Jacobson 1993, linux/bpf_common.h.
  assert.deepEqual([[...code], [...k]], [[6], [96]])
})

test('an expression decides, and what it lets through is cut', { skip }, () => {
  for (const [port, passes] of [
    [53, true],
    [54, false],
  ] as const) {
    const program = kernelFilter(`udp port ${port}`, 1, 96)
    assert.equal(runBpf(program, FRAME, 0, FRAME.length, FRAME.length), passes)
    const returned = [...program.code].flatMap((code, at) => (code === 6 ? [program.k[at]!] : []))
    assert.deepEqual([...new Set(returned)].sort(), [0, 96])
  }
  assert.throws(() => kernelFilter('udp prt 5', 1, 96), FilterError)
})

test('tags are looked for where they were put back', () => {
  assert.ok(asksForTags('vlan 7 and udp'))
  assert.ok(!asksForTags('host vlanhost'))
  assert.equal(kernelFilter('vlan 7', 1, 96).k[0], 96)
})
