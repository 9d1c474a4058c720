/** Which session reads a flow, by the part that was recognised; and announcements. */
import { hex } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { SaidOnce } from '../../core/said-once.ts'
import { text } from '../../core/text.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { isQuicClientInitial } from '../formats/quic-initial.ts'
import { readAddress } from './addresses.ts'
import { deviceId } from './device.ts'
import { TlsSession } from './tls-session.ts'
import { type Announcement, announceWire } from './wire/announce.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  if (flow.carrier === 'tcp') return new TlsSession(flow, out)
  return flow.part === 'local-discovery'
    ? new Announcements(announceWire, flow, out)
    : new Unread(flow, out)
}

class Announcements extends DatagramSession<Announcement> {
  protected override readonly bearsCuts = true
  /** What was told last: the same is told every half minute, in another order. */
  #before = ''
  #saidClient = false
  readonly #claimed = new SaidOnce(limits.listedMax)

  protected override read(from: Side, said: Announcement): void {
    const who = this.flow.ends[from]
    const { device, addresses, instance } = contentOf(said)
    const id = hex(device)
    if (!this.#saidClient) {
      this.#saidClient = true
      this.out.say({ type: 'client', who, software: 'Syncthing', id })
    }
    for (const address of addresses.slice(0, limits.listedMax)) {
      const told = readAddress(address, who.ip)
      if (told === undefined || !this.#claimed.isNew(address)) continue
      const { about, part, carriers } = told
      const more = part === 'relay' ? {} : { id }
      this.out.say({ type: 'claim', by: who, about, part, carriers, via: 'announcement', ...more })
    }
    const now = `${id} ${[...addresses].sort().join()} ${instance}`
    if (now === this.#before && !this.out.everyMessage) return this.out.count('announcement')
    this.#before = now
    const fields = {
      type: 'announcement',
      version: said.version,
      device: deviceId(device),
      addresses: addresses.slice(0, limits.listedMax),
      ...(instance === undefined ? {} : { instance }),
    }
    this.out.say({ type: 'message', log: 'syncthing', name: 'announcement', side: from, fields })
  }
}

function contentOf(said: Announcement): {
  device: Uint8Array
  addresses: string[]
  instance: string | undefined
} {
  if (said.version !== 4) return { device: said.device, addresses: [], instance: undefined }
  let device = new Uint8Array(0)
  let instance: string | undefined
  const addresses: string[] = []
  for (const field of said.fields) {
    if (field.kind === 2 && field.number === 1) device = field.value as Uint8Array<ArrayBuffer>
    if (field.kind === 2 && field.number === 2) addresses.push(text(field.value))
    // A random number, written as signed: eight bytes as they are.
    if (field.kind === 0 && field.number === 3) instance = String(BigInt.asIntN(64, field.value))
  }
  return { device, addresses, instance }
}

/** QUIC: all of it is encrypted; who is called is a device. */
class Unread implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #flow: FlowFacts
  readonly #out: Out

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(_from: Side, bytes: Uint8Array): number {
    if (this.messages === 0 && isQuicClientInitial(bytes, bytes.length)) {
      const [by, about] = this.#flow.ends
      const claim = { type: 'claim', by, about, part: 'device-quic', carriers: 'udp' } as const
      this.#out.say({ ...claim, via: 'client-hello' })
    }
    this.messages++
    return bytes.length
  }

  gap(): void {}
  end(): void {}
}
