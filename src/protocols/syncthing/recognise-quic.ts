/** QUIC between devices: the client's first datagrams can be opened by everybody, and offer `bep/1.0`. */
import type { Datagram, Sight } from '../../core/protocol.ts'
import { isQuicClientInitial, QuicHello } from '../formats/quic-initial.ts'

/** @returns `no` for QUIC of anybody else, which is most of the world's */
export function recogniseQuic(datagrams: readonly Datagram[], final: boolean): Sight {
  const hello = new QuicHello()
  let isOpen = false
  for (const { from, bytes, size } of datagrams) {
    if (from !== datagrams[0]!.from || !isQuicClientInitial(bytes, size)) break
    if (!hello.add(bytes)) break
    const { alpn } = hello
    if (alpn === 'no') return 'no'
    isOpen = alpn === 'more'
    if (alpn === 'more') continue
    if (!alpn.includes('bep/1.0')) return 'no'
    return { part: 'device-quic', sureness: 'certain', reasons: ['QUIC for bep/1.0'] }
  }
  return isOpen && !final ? 'more' : 'no'
}
