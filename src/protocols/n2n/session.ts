/** Communities, hardware addresses, and the addresses that supernodes tell. */
import { endpointText } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { communityOf } from './recognise.ts'
import { toldBy } from './told.ts'
import { type N2nPacket, packetWire, TYPES } from './wire/packet.ts'

class EdgeSession extends DatagramSession<N2nPacket> {
  /** Hardware address of each side, as said last. */
  readonly #macs = ['', '']

  protected override read(from: Side, said: N2nPacket): void {
    const type = TYPES[said.number]!
    const told = toldBy(said)
    const mac = macOf(said)
    this.out.count(type)
    if (type !== 'packet' || this.out.everyMessage) {
      const community = communityOf(said)
      this.out.say({
        type: 'message',
        log: 'n2n',
        name: type,
        side: from,
        fields: {
          type,
          version: said.version,
          ...(community === undefined ? {} : { community }),
          ...(mac === undefined ? {} : { mac }),
          ...(told === undefined ? {} : { told: endpointText(told.about) }),
        },
      })
    }
    const who = this.flow.ends[from]
    if (mac !== undefined && this.#macs[from] !== mac && type.startsWith('register')) {
      this.#macs[from] = mac
      if (!type.endsWith('ack')) this.out.say({ type: 'client', who, software: 'n2n', id: mac })
    }
    if (told === undefined) return
    this.out.say({
      type: 'claim',
      by: who,
      about: told.about,
      part: 'edge',
      carriers: 'udp',
      via: told.name,
    })
  }
}

/** The hardware address that the packet is about: its sender's, in registrations and frames. */
function macOf(said: N2nPacket): string | undefined {
  if (said.version === 1) {
    // Supernodes have none and leave it blank.
    const mac = hex(said.source)
    return mac === '000000000000' ? undefined : mac
  }
  const type = TYPES[said.number]!
  if (said.body.length < 10) return undefined
  if (type === 'packet') return hex(said.body, 0, 6)
  return type === 'register' || type === 'register-super' ? hex(said.body, 4, 6) : undefined
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new EdgeSession(packetWire, flow, out)
}
