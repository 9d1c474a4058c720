/** Beacons → which players are on the network. */
import { hex } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { beaconWire, groupOf } from './wire/beacon.ts'

class BeaconSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  #told = ''

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(side: Side, bytes: Uint8Array, { wireSize = bytes.length }: Moment): number {
    if (bytes.length < wireSize) return bytes.length
    const outcome = beaconWire.parse(bytes, 0)
    if (outcome.kind === 'malformed') {
      const { fault, at } = outcome
      this.#out.say({ type: 'fault', wire: beaconWire.name, fault, side, at, resumes: true })
    }
    if (outcome.kind !== 'message') return bytes.length
    this.messages++
    this.#out.count('beacon')
    const { player, first, second } = outcome.message
    const id = hex(player)
    // A player says the same every half minute.
    if (this.#told === id && !this.#out.everyMessage) return bytes.length
    const fields = { type: 'beacon', id, group: groupOf(outcome.message), first, second }
    this.#out.say({ type: 'message', log: 'spotify', name: 'beacon', side, fields })
    if (this.#told !== id) {
      const who = this.#flow.ends[side]
      this.#out.say({ type: 'client', who, software: 'Spotify', id })
    }
    this.#told = id
    return bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new BeaconSession(flow, out)
}
