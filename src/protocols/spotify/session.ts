/** Beacons → which players are on the network. */
import { hex } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { type Beacon, beaconWire, groupOf } from './wire/beacon.ts'

class BeaconSession extends DatagramSession<Beacon> {
  #told = ''

  protected override read(side: Side, said: Beacon): void {
    this.out.count('beacon')
    const { player, first, second } = said
    const id = hex(player)
    // A player says the same every half minute.
    if (this.#told === id && !this.out.everyMessage) return
    const fields = { type: 'beacon', id, group: groupOf(said), first, second }
    this.out.say({ type: 'message', log: 'spotify', name: 'beacon', side, fields })
    if (this.#told !== id) {
      const who = this.flow.ends[side]
      this.out.say({ type: 'client', who, software: 'Spotify', id })
    }
    this.#told = id
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new BeaconSession(beaconWire, flow, out)
}
