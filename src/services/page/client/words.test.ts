/** Amounts and moments are written so that nobody has to count digits. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bytesText,
  contentText,
  counted,
  isoText,
  leftText,
  localMoment,
  microsOfLocal,
  pageText,
  percentText,
  safe,
  shortCount,
} from './words.ts'

const plain = (text: string) => text.replaceAll('\u202f', ' ')

test('what is left of a span, as clocks count down', () => {
  assert.equal(leftText(65e6), '1:05')
  // A second that began is shown until it is over.
  assert.equal(leftText(64_000_001), '1:05')
  assert.equal(leftText(7200e6), '2:00:00')
  assert.equal(leftText(0), '0:00')
  assert.equal(leftText(-5e6), '0:00')
})

test('bytes have three digits and never four', () => {
  const amounts = [0, 999, 1000, 9_994, 9_996, 99_949, 99_951, 999_499, 999_500, 1_234_567_890]
  assert.deepEqual(
    amounts.map((amount) => plain(bytesText(amount))),
    '0 B|999 B|1.00 kB|9.99 kB|10.0 kB|99.9 kB|100 kB|999 kB|1.00 MB|1.23 GB'.split('|'),
  )
})

test('counts are exact as long as there is room', () => {
  assert.deepEqual([9999, 10_000, 123_456, 4_567_890].map(shortCount), [
    '9,999',
    '10.0k',
    '123k',
    '4.57M',
  ])
  assert.equal(counted(1, 'flow'), '1 flow')
  assert.equal(counted(2000, 'flow'), '2,000 flows')
})

test('a page of a list says what it shows of all', () => {
  assert.equal(pageText(0, 100, 250, 'flows'), '1–100 of 250 flows')
  assert.equal(pageText(2, 100, 1250, 'flows'), '201–300 of 1,250 flows')
  assert.equal(pageText(0, 100, 55, 'flows'), '55 flows')
  assert.equal(pageText(0, 100, 1, 'flows'), '1 flow')
  assert.equal(pageText(0, 100, 0, 'flows'), 'no flows')
  assert.equal(pageText(3, 100, 250, 'flows'), 'behind the last of 250 flows')
})

test('a moment that is typed is of the zone in which moments are shown', () => {
  const moment = 1_700_000_000_000_000
  assert.match(localMoment(moment), /^2023-11-1[45]T\d\d:\d\d:20$/)
  assert.equal(microsOfLocal(localMoment(moment)), moment)
  assert.ok(Number.isNaN(microsOfLocal('')))
})

test('a small share is not nothing', () => {
  assert.deepEqual(
    [0, 0.0004, 0.031, 0.5, 1].map((share) => plain(percentText(share))),
    ['0 %', '< 0.1 %', '3.1 %', '50 %', '100 %'],
  )
})

test('moments keep their microseconds', () => {
  assert.equal(isoText(1_700_000_000_000_042), '2023-11-14T22:13:20.000042Z')
})

test('a name cannot turn the text around it', () => {
  assert.equal(safe('gpj.\u202eexe'), 'gpj.\\u{202e}exe')
})

test('a content without name is told by its hash', () => {
  assert.equal(
    contentText('urn:btih:3b05334ee5461b11977e2fd79dbecc9fbcdae2d0'),
    'btih 3b05334ee546…',
  )
  assert.equal(contentText('urn:tree:tiger:ABC'), 'tiger ABC')
})
