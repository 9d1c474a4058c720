/**
 * Whether bytes are of a file of captured packets. Whoever fetches one from the middle of a capture's
 * view is sent real messages of every protocol in it, and speaks none of them.
 *
 *   pcap      time 8 | captured u32 | size u32 | packet          either byte order
 *   pcapng    … captured u32 | size u32 | packet                 the same in front of the packet
 *
 * In the packet an IPv4 header, whose own total agrees with the size: 8 + 8 + 32 bits and more.
 * Source: pcap and pcapng file formats (draft-ietf-opsawg-pcap, -pcapng); RFC 791 3.1.
 */
import { u16be, u32be, u32le } from '../../core/bytes.ts'

/** Headers before IP: raw, null, Ethernet, with a VLAN tag, Linux cooked 1 and 2. In bytes. */
const LINK_BYTES = [14, 18, 16, 20, 0, 4]
/** Shorter frames of Ethernet are padded to this, where they were captured on their way. */
const ETHERNET_BYTES_MIN = 60
/** Captured and true size of a packet. */
const SIZES_BYTES = 8

/** In the middle of such a file, so many bytes hold the begin of a packet, if packets are of usual size. */
export const CAPTURED_PACKET_BYTES = 2048

export function holdsCapturedPackets(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(IPV4); at >= 0; at = bytes.indexOf(IPV4, at + 1)) {
    const protocol = bytes[at + 9]
    if (protocol !== 6 && protocol !== 17) continue
    const total = u16be(bytes, at + 2)
    if (LINK_BYTES.some((link) => isRecord(bytes, at - link - SIZES_BYTES, total + link)))
      return true
  }
  return false
}

/** Version 4, a header of five words. */
const IPV4 = 0x45

function isRecord(bytes: Uint8Array, at: number, size: number): boolean {
  if (at < 0) return false
  for (const read of [u32le, u32be]) {
    const wireSize = read(bytes, at + 4)
    const isWhole = wireSize === size || (wireSize === ETHERNET_BYTES_MIN && size < wireSize)
    if (isWhole && read(bytes, at) <= wireSize && read(bytes, at) > 0) return true
  }
  return false
}
