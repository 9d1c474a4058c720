/**
 * What keeps a client looking for supernodes with datagrams: the answer of one that has no room. After
 * any answer a client believes that its datagrams come through and goes on pinging; it calls nobody but
 * who answers 28 (giFT-FastTrack PROTOCOL, "UDP messages"; C. Lowth, Linux Journal, October 2003: a wall
 * that answers in the peers' place holds a client in this mode).
 */
import type { Decoy } from '../../core/protocol.ts'
import { type Datagram, datagramWire } from './wire/datagram.ts'

/** Of the two that were seen; what they mean is not known. */
const KIND = 1

/** The ping of a client, or undefined. */
function pingOf(datagram: Uint8Array): Extract<Datagram, { type: 'ping' }> | undefined {
  const outcome = datagramWire.parse(datagram, 0)
  if (outcome.kind !== 'message' || outcome.message.type !== 'ping') return undefined
  return outcome.message
}

function fullSupernode(encryption: number, id: number): Uint8Array {
  return datagramWire.emit({ type: 'pong-2', encryption, kind: KIND, flag: 0, reserved: 0, id })
}

export const decoy: Decoy = {
  answer(datagram, seed) {
    const ping = pingOf(datagram)
    return ping && fullSupernode(ping.encryption, seed % 0x1_0000_0000)
  },
  // A client answers it with its id (2a), and so shows that it is still there.
  probe(datagram) {
    const ping = pingOf(datagram)
    return ping && fullSupernode(ping.encryption, 0)
  },
}
