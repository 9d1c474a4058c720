/**
 * What devices are called: the SHA-256 of their certificate, written in base32, a check letter behind
 * every 13 letters, and dashes.
 *
 * Source: syncthing/docs dev/device-ids.rst (the check letters are a Luhn sum modulo 32, summed from
 * the left); syncthing/syncthing lib/protocol/luhn.go. Proved on the ids of fixtures/.
 */
import { base32, bits } from '../../core/bytes.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const CHUNK = 13
const GROUP = 7

function checkLetter(chunk: string): string {
  let sum = 0
  for (const [i, letter] of [...chunk].entries()) {
    const value = LETTERS.indexOf(letter) * (1 + (i % 2))
    sum += Math.floor(value / 32) + bits(value, 0, 5)
  }
  return LETTERS[(32 - (sum % 32)) % 32]!
}

/** `NSOUE3W-TTON4SY-…` of 32 bytes. */
export function deviceId(id: Uint8Array): string {
  const letters = base32(id)
  let checked = ''
  for (let at = 0; at < letters.length; at += CHUNK) {
    const chunk = letters.slice(at, at + CHUNK)
    checked += chunk + checkLetter(chunk)
  }
  return checked.match(new RegExp(`.{1,${GROUP}}`, 'g'))!.join('-')
}
