/**
 * Answers in the place of others: a reset that both ends of a connection believe, and a datagram
 * that a peer could have sent.
 * Source: RFC 9293 section 3.5.2, RFC 5961 section 3.2 (a reset counts where its sequence number is the
 * next that is awaited).
 */
import type { Endpoint } from '../../core/address.ts'
import { tcpFrame, udpFrame } from '../../core/packet-maker.ts'
import { type IpHead, TCP } from './ip-head.ts'

const ETHERNET_BYTES = 14
const SYN = 0x02
const RST = 0x04
const ACK = 0x10

/**
 * Resets for the sender of a TCP packet that does not pass, and for whom it was meant.
 * @returns IP packets; none for a packet that is itself a reset, or is of no connection
 */
export function resets(head: IpHead): Uint8Array[] {
  const { from, to, flags, sequence, acknowledged, payloadSize } = head
  if (head.protocol !== TCP || (flags & RST) !== 0) return []
  const isOpening = (flags & SYN) !== 0
  const next = (sequence + payloadSize + (isOpening ? 1 : 0)) % 0x1_0000_0000
  // Who has not been answered yet awaits any sequence number, and its own acknowledged.
  const back =
    (flags & ACK) === 0
      ? { sequence: 0, acknowledged: next, flags: RST | ACK }
      : { sequence: acknowledged, acknowledged: next, flags: RST | ACK }
  const packets = [withoutLink(tcpFrame(to, from, back))]
  // To whom an opening was meant, nothing is open.
  if (!isOpening) {
    const on = { sequence, acknowledged, flags: (flags & ACK) === 0 ? RST : RST | ACK }
    packets.push(withoutLink(tcpFrame(from, to, on)))
  }
  return packets
}

/** @returns an IP packet */
export function datagram(from: Endpoint, to: Endpoint, payload: Uint8Array): Uint8Array {
  return withoutLink(udpFrame(from, to, payload))
}

function withoutLink(frame: Uint8Array): Uint8Array {
  return frame.subarray(ETHERNET_BYTES)
}
