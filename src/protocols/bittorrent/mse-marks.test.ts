/**
 * Sizes that name an encrypted peer connection: where libtorrent pads its half of the exchange, the beginning of content beside one
 * mark; and sizes that come near and name nothing.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type CapturedFlow, flowsOf, lookAt } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { marksOf, marksSuffice } from './mse-marks.ts'
import { recognise } from './recognise.ts'

const FIXTURE = 'src/protocols/bittorrent/fixtures/mse-padded.pcap'
const flows = flowsOf(readFileSync(repositoryFile(FIXTURE)))

/** libtorrent is called by libtorrent and by Transmission, and calls who takes. */
const [TAKER, TRANSMISSION, GIVER] = ['198.51.100.3', '198.51.100.5', '198.51.100.2']

function openedBy(ip: string): CapturedFlow {
  return flows.find(({ ends }) => ends[0].ip === ip)!
}

/** What the opener's side says is named by, and how many bytes of content were seen before. */
function namedAt(flow: CapturedFlow): { segments: number; reasons: readonly string[] } {
  for (let segments = 1; segments <= 16; segments++) {
    const sight = recognise({ ...lookAt(flow, segments), final: false })
    if (typeof sight === 'string') continue
    assert.deepEqual(
      [sight.part, sight.sureness, sight.settled],
      ['peer-encrypted', 'likely', true],
    )
    return { segments, reasons: sight.reasons.slice(1) }
  }
  return { segments: 0, reasons: [] }
}

test('padded by libtorrent on both sides: named by the second full segment of content', () => {
  const { segments, reasons } = namedAt(openedBy(TAKER))
  assert.deepEqual(reasons, [
    'the fifth flight begins with 68 bytes: a handshake',
    'a flight begins with 50 bytes (unchoke, allowed fast), and goes on with full segments: content',
  ])
  // 595 -414 486 -328 68 -293 286 -50 -1448 -1448, as tshark shows it.
  assert.equal(segments, 10)
})

test('the same where the giver calls', () => {
  const { segments, reasons } = namedAt(openedBy(GIVER))
  assert.deepEqual(reasons, [
    'the fifth flight begins with 68 bytes: a handshake',
    'a flight begins with 50 bytes (unchoke, allowed fast), and goes on with full segments: content',
  ])
  // 532 -288 359 -367 68 -272 235 -73 50 1448 1448
  assert.equal(segments, 11)
})

test('Transmission calls libtorrent: the head of a block may come alone', () => {
  const { segments, reasons } = namedAt(openedBy(TRANSMISSION))
  assert.deepEqual(reasons, [
    'the third flight has 124 bytes: proof 56 and handshake 68',
    'a flight begins with 50 bytes (unchoke, allowed fast), and goes on with full segments: content',
  ])
  // 483 -378 124 -78 -294 122 73 -50 -13 -1448 -1448
  assert.equal(segments, 11)
})

/** As captured of Transmission and libtorrent: requests behind the unchoke. */
const ASKED = [175, -284, 124, -218, -294, -5, 128, -50, 68, -13, -1448, -1448]

test('requests may stand between the unchoke and content', () => {
  assert.deepEqual(marksOf(ASKED).slice(1), [
    'a flight of 50 bytes (unchoke, allowed fast), one of 4 times 17 (requests), and full segments: content',
  ])
  assert.equal(marksSuffice(marksOf(ASKED.with(8, 69))), false)
})

test('interested and the first requests do where the giver puts its unchoke behind its greeting', () => {
  // Transmission calls libtorrent and gives, as captured.
  const given = [437, -263, 124, -413, -271, 127, -73, 1448, 1448]
  assert.deepEqual(marksOf(given).slice(1), [
    'a flight of 5 and 4 times 17 bytes (interested, requests), and full segments: content',
  ])
  for (const size of [-22, -72, -74, -90]) {
    assert.equal(marksSuffice(marksOf(given.with(6, size))), false, `${size}`)
  }
})

test('segments that were joined on the way are content as well', () => {
  assert.equal(marksSuffice(marksOf([...ASKED.slice(0, 10), -11_584])), true)
  assert.equal(marksSuffice(marksOf([...ASKED.slice(0, 10), -1448])), false)
})

test('one size that is another names nothing', () => {
  const whole = [595, -414, 486, -328, 68, -293, 286, -50, -1448, -1448]
  assert.equal(marksSuffice(marksOf(whole)), true)
  // The handshake; the answer and the greeting, too short; no unchoke; nothing full; not as full as each other.
  const others = [
    [4, 67],
    [5, -199],
    [6, 99],
    [7, -49],
    [7, -59],
    [8, -1447],
    [9, -1400],
  ] as const
  for (const [at, size] of others) {
    assert.equal(marksSuffice(marksOf(whole.with(at, size))), false, `${size} at ${at}`)
  }
})
