/** Whether datagrams look like chance, as everything obfuscated does. */
import { u16be } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Datagram } from '../../core/protocol.ts'

/** Bytes of two datagrams that are compared, and how many of them agree once in 10^5 by chance. */
const COMPARED_BYTES = 12
const AGREEING_BYTES = 3

/**
 * Whether datagrams look like chance: each by itself, and each beside the one before it. Where
 * several first bytes repeat, they are a header; a datagram sent again is hidden anew.
 */
export function datagramsLookRandom(datagrams: readonly Datagram[]): boolean {
  return datagrams.every(
    (datagram, index) =>
      looksRandom(datagram.bytes) && !isDer(datagram) && (index === 0 || differ(datagrams, index)),
  )
}

/**
 * An ASN.1 value that ends with the datagram, as Kerberos, SNMP and LDAP send it: chance has the
 * 24 bits of its length so in no datagram. X.690 8.1.3.5.
 */
function isDer({ bytes, size }: Datagram): boolean {
  return (
    (bytes[1] === 0x81 && bytes[2] === size - 3) ||
    (bytes[1] === 0x82 && u16be(bytes, 2) === size - 4)
  )
}

function differ(datagrams: readonly Datagram[], index: number): boolean {
  const [before, own] = [datagrams[index - 1]!, datagrams[index]!]
  const size = Math.min(before.bytes.length, own.bytes.length, COMPARED_BYTES)
  let agreeing = 0
  for (let at = 0; at < size; at++) if (before.bytes[at] === own.bytes[at]) agreeing++
  // All of them: captured twice, if it was at once.
  const twice = agreeing === size && own.micros - before.micros < CAPTURED_TWICE_MICROS
  return agreeing < AGREEING_BYTES || twice
}

const CAPTURED_TWICE_MICROS = 1_000
