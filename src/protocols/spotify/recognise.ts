/** First datagram → Spotify's beacon: eight letters (64 bits) and its one size. */
import { hasAt } from '../../core/bytes.ts'
import type { Look, Protocol, Sight } from '../../core/protocol.ts'
import { BEACON, MAGIC } from './wire/beacon.ts'

export const starts: Protocol['starts'] = { udp: [MAGIC] }

export function recognise({ carrier, datagrams }: Look): Sight {
  if (carrier !== 'udp') return 'no'
  for (const { bytes, size } of datagrams) {
    if (hasAt(bytes, 0, MAGIC) && size === BEACON) {
      const reasons = ['"SpotUdp0" at the start of a datagram of 44 bytes']
      return { part: 'discovery', sureness: 'certain', reasons }
    }
  }
  return 'no'
}
