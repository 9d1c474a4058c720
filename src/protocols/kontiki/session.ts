/** Datagrams of one flow → connections, bytes, and the addresses that a client tells its subnet. */
import { parseIp } from '../../core/address.ts'
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { flagsOf, type Packet, packetWire, VERSION } from './wire/packet.ts'
import { type SubnetMessage, subnetWire } from './wire/subnet.ts'

type Fields = { readonly [key: string]: Json }

class KontikiSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #bytes: [number, number] = [0, 0]

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    if (bytes[0] === VERSION) this.#packet(from, bytes)
    else this.#subnet(from, bytes)
    return bytes.length
  }

  #packet(from: Side, bytes: Uint8Array): void {
    const outcome = packetWire.parse(bytes, 0)
    if (outcome.kind === 'malformed') this.#fault(from, packetWire.name, outcome.fault, outcome.at)
    if (outcome.kind !== 'message') return
    this.messages++
    const packet = outcome.message
    const name = nameOf(packet)
    this.#bytes[from] += packet.payload.length
    if (name === 'data' || name === 'acknowledgement') {
      this.#out.count(name)
      if (!this.#out.everyMessage) return
    }
    this.#log(from, name, { bytes: packet.payload.length, again: flagsOf(packet.flags).isAgain })
  }

  #subnet(from: Side, bytes: Uint8Array): void {
    const outcome = subnetWire.parse(bytes, 0)
    if (outcome.kind === 'malformed') this.#fault(from, subnetWire.name, outcome.fault, outcome.at)
    if (outcome.kind !== 'message') return
    this.messages++
    const { target, params } = outcome.message
    this.#log(from, 'subnet', { target, params: Object.fromEntries(params) })
    this.#self(from, outcome.message)
  }

  /** Whoever asks tells where it listens: inside, and as the world sees it. */
  #self(from: Side, said: SubnetMessage): void {
    const value = (wanted: string) => said.params.find(([name]) => name === wanted)?.[1] ?? ''
    const port = Number(value('udpport'))
    const by = this.#flow.ends[from]
    const [id, version] = [value('moid'), value('version')]
    this.#out.say({
      type: 'client',
      who: by,
      software: 'Kontiki',
      ...(version !== '' && { version }),
      ...(id !== '' && { id }),
    })
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return
    for (const address of ['addr', 'extaddr'].map((name) => parseIp(value(name)))) {
      if (address === undefined) continue
      const about = { ip: address, port }
      this.#out.say({ type: 'claim', by, about, part: 'peer', carriers: 'udp', via: 'subnet' })
    }
  }

  #log(side: Side, name: string, fields: Fields): void {
    const all = { type: name, ...fields }
    this.#out.say({ type: 'message', log: 'kontiki', name, side, fields: all })
  }

  #fault(side: Side, wire: string, fault: string, at: number): void {
    this.#out.say({ type: 'fault', wire, fault, side, at, resumes: true })
  }

  gap(): void {}

  /** What is enciphered is content for the most part; of what, is not to be seen. */
  end(): void {
    for (const from of [0, 1] as const) {
      const bytes = this.#bytes[from]
      if (bytes > 0) this.#log(from, 'enciphered', { bytes })
    }
  }
}

function nameOf({ flags, payload }: Packet): string {
  const { isPing, opens, acknowledges, closes } = flagsOf(flags)
  if (isPing) return 'ping'
  if (closes) return 'close'
  if (opens) return acknowledges ? 'accept' : 'open'
  return payload.length > 0 ? 'data' : 'acknowledgement'
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new KontikiSession(flow, out)
}
