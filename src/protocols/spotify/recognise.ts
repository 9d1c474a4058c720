/** First datagram → Spotify's beacon: eight letters (64 bits), and a size it may have. */
import { hasAt } from '../../core/bytes.ts'
import type { Look, Protocol, Sight } from '../../core/protocol.ts'
import { BEACON_MAX, BEACON_MIN, MAGIC } from './wire/beacon.ts'

export const starts: Protocol['starts'] = { udp: [MAGIC] }

export function recognise({ carrier, datagrams }: Look): Sight {
  if (carrier !== 'udp') return 'no'
  for (const { bytes, size } of datagrams) {
    if (hasAt(bytes, 0, MAGIC) && size >= BEACON_MIN && size <= BEACON_MAX) {
      const reasons = ['"SpotUdp0" at the start of a small datagram']
      return { part: 'discovery', sureness: 'certain', reasons }
    }
  }
  return 'no'
}
