/**
 * One examination for every wire: round trip, every truncation, flips of every byte, noise,
 * closed faults, bounded needs. A wire that passes is safe to hand hostile bytes.
 */
import assert from 'node:assert/strict'
import { hex } from './bytes.ts'
import { randomFrom } from './random.ts'
import type { AnyWire } from './wire.ts'

export interface WireCheckOptions {
  /** Inputs of random bytes; the fuzzer asks for more. */
  readonly noiseCount?: number
  /** Samples (by index) that need not re-encode to themselves, with the reason. */
  readonly notCanonical?: Readonly<Record<number, string>>
}

/**
 * @param samples  byte strings that each hold one whole valid message and nothing else
 */
export function checkWire(
  wire: AnyWire,
  samples: readonly Uint8Array[],
  options: WireCheckOptions = {},
): void {
  assert.ok(samples.length > 0, `${wire.name}: no samples`)
  assert.ok(wire.messageBytesMax > 0, `${wire.name}: no bound`)
  for (const [index, sample] of samples.entries()) {
    checkRoundTrip(wire, sample, index, options.notCanonical?.[index])
    checkTruncations(wire, sample)
    checkFlips(wire, sample)
  }
  checkNoise(wire, samples, options.noiseCount ?? 20_000)
}

function checkRoundTrip(
  wire: AnyWire,
  sample: Uint8Array,
  index: number,
  notCanonical: string | undefined,
): void {
  const outcome = wire.parse(sample, 0)
  const what = `${wire.name} sample ${index} ${hex(sample, 0, 48)}`
  assert.equal(
    outcome.kind,
    'message',
    `${what}: ${outcome.kind === 'malformed' ? outcome.fault : ''}`,
  )
  if (outcome.kind !== 'message') return
  assert.equal(outcome.size, sample.length, `${what}: size`)
  if (notCanonical === undefined) {
    assert.equal(hex(wire.emit(outcome.message)), hex(sample), `${what}: round trip`)
  }
  const shifted = new Uint8Array(sample.length + 3)
  shifted.set(sample, 3)
  const again = wire.parse(shifted, 3)
  assert.equal(again.kind, 'message', `${what}: not read when it begins at 3`)
  if (again.kind === 'message') assert.equal(again.size, sample.length, `${what}: size at 3`)
}

function checkTruncations(wire: AnyWire, sample: Uint8Array): void {
  const step = Math.max(1, Math.floor(sample.length / 4096))
  for (let size = 0; size < sample.length; size += step) {
    const outcome = examine(wire, sample.slice(0, size), 0)
    if (wire.carrier === 'stream') {
      assert.equal(
        outcome,
        'need',
        `${wire.name}: ${size} of ${sample.length} bytes say ${outcome}`,
      )
    } else {
      assert.notEqual(outcome, 'need', `${wire.name}: a datagram never needs more`)
    }
  }
}

function checkFlips(wire: AnyWire, sample: Uint8Array): void {
  const step = Math.max(1, Math.floor(sample.length / 4096))
  for (let at = 0; at < sample.length; at += step) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const bytes = sample.slice()
      bytes[at]! ^= flip
      examine(wire, bytes, 0)
    }
  }
}

function checkNoise(wire: AnyWire, samples: readonly Uint8Array[], count: number): void {
  const random = randomFrom(0x5eed)
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(random() % 96)
    for (let at = 0; at < bytes.length; at++) bytes[at] = random()
    // Half of the inputs begin as a sample does, so that noise gets past the first checks.
    if (i % 2 === 0) {
      const sample = samples[random() % samples.length]!
      bytes.set(sample.subarray(0, Math.min(bytes.length, random() % 24)))
    }
    examine(wire, bytes, 0)
  }
}

/** Parse and hold the outcome against the contract. */
export function examine(wire: AnyWire, bytes: Uint8Array, at: number): string {
  const outcome = wire.parse(bytes, at)
  const have = bytes.length - at
  const what = `${wire.name} on ${hex(bytes, at, 64)}`
  switch (outcome.kind) {
    case 'message':
      assert.ok(outcome.size > 0 && outcome.size <= have, `${what}: size ${outcome.size}`)
      assert.ok(outcome.size <= wire.messageBytesMax, `${what}: longer than the bound`)
      break
    case 'need':
      assert.ok(outcome.size > have, `${what}: needs ${outcome.size}, has ${have}`)
      assert.ok(outcome.size <= wire.messageBytesMax, `${what}: needs ${outcome.size}`)
      break
    case 'malformed':
      assert.ok(wire.faults.includes(outcome.fault), `${what}: unlisted fault ${outcome.fault}`)
      assert.ok(outcome.at >= at && outcome.at <= bytes.length, `${what}: fault at ${outcome.at}`)
      break
  }
  return outcome.kind
}
