/** Links of Tor are recognised by names that were made up; TLS at large is left alone. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { sharedCapture } from '../../core/repository.ts'
import { certificate, clientHello, record, serverHello } from './fixtures/make-link.ts'
import { fits, recognise } from './recognise.ts'

function seen(asked: string | undefined, subject: string, issuer: string): string {
  const flow = madeFlow('tcp', [
    [0, clientHello(asked)],
    [1, record(serverHello, certificate(subject, issuer))],
  ])
  const sight = recognise(lookAt(flow))
  return typeof sight === 'string' ? sight : sight.sureness
}

const NAMES = ['www.e6r5p57kbafwrxj3plz.com', 'www.bpcau5b3haif5els.net'] as const
const ISSUER = 'www.gmvuy6mtjbxevwo3w.com'

test('three names that were made up are certain, two are likely', () => {
  assert.equal(seen(...NAMES, ISSUER), 'certain')
  assert.equal(seen(undefined, NAMES[1], ISSUER), 'likely')
  assert.equal(seen(...NAMES, 'www.gmvuy6mtjbxevwo3w.net'), 'likely', 'an issuer of before 2011')
})

test('a certificate in a record of its own is found, half a one is waited for', () => {
  const answer = record(certificate(NAMES[1], ISSUER))
  const hello: [0 | 1, Uint8Array][] = [
    [0, clientHello(NAMES[0])],
    [1, record(serverHello)],
  ]
  const whole = lookAt(madeFlow('tcp', [...hello, [1, answer]]))
  assert.equal((recognise(whole) as { sureness: string }).sureness, 'certain')
  const half = lookAt(madeFlow('tcp', [...hello, [1, answer.subarray(0, 60)]]))
  assert.equal(recognise({ ...half, final: false }), 'more')
  assert.equal(recognise(half), 'no')
})

test('near misses are not Tor', () => {
  assert.equal(seen('www.example.org', NAMES[1], ISSUER), 'no', 'another name asked for')
  assert.equal(seen('www.example.com', 'www.example.com', 'Example CA'), 'no', 'a web site')
  assert.equal(seen(NAMES[0], NAMES[1], NAMES[1]), 'no', 'signed by itself')
  assert.equal(seen(ISSUER, NAMES[1], ISSUER), 'no', 'the issuer asked for')
  assert.equal(seen(NAMES[0], 'www.bpcau5b3haif5el9.net', ISSUER), 'no', '9 is not in the alphabet')
})

const path = 'third-party/p2p/tor/ndpi-tor.pcap'
const file = sharedCapture(path)
test('every link of the capture whose certificate shows is found', {
  skip: !file && 'absent',
}, () => {
  const flows = flowsOf(readFileSync(file!))
  const certain = flows.filter((flow) => {
    const sight = flow.carrier === 'tcp' ? recognise(lookAt(flow)) : 'no'
    return typeof sight !== 'string' && sight.sureness === 'certain'
  })
  // tshark sees certificates to these ports; one more handshake repeats a session and shows none.
  assert.deepEqual(
    certain.map(({ ends }) => ends[0].port).sort(),
    [51110, 51111, 51112, 51174, 51175, 51176, 51185],
  )
  assert.equal(flows.filter((flow) => fits(lookAt(flow)).length > 0).length, certain.length)
})
