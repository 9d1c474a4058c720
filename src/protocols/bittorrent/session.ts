/** The session of a flow, chosen by its carrier and by what it was recognised as. */
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { DatagramSession } from './session-datagram.ts'
import { PeerSession } from './session-peer.ts'
import { TrackerSession } from './session-tracker.ts'
import { RelayedSession, TunnelSession } from './session-tunnel.ts'
import { UtpReader } from './session-utp.ts'
import { WebSeedSession } from './session-webseed.ts'
import { WebSocketSession } from './session-websocket.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  if (flow.part === 'webrtc') return new SilentSession()
  if (flow.part === 'udp-proxied') {
    return new RelayedSession(flow, out, (inside) => new DatagramsAndUtp(inside, out))
  }
  if (flow.carrier === 'udp') return new DatagramsAndUtp(flow, out)
  switch (flow.part) {
    case 'tracker-http':
      return new TrackerSession(flow, out)
    case 'tracker-proxied':
      return new TunnelSession(flow, out, (inside) => new TrackerSession(inside, out))
    case 'peer-proxied':
      return new TunnelSession(
        flow,
        out,
        (inside) => new PeerSession(inside, out, { encrypted: 'perhaps' }),
      )
    case 'tracker-websocket':
      return new WebSocketSession(flow, out)
    case 'webseed':
      return new WebSeedSession(flow, out)
    case 'peer-encrypted':
      return new PeerSession(flow, out, { encrypted: 'yes' })
    default:
      return new PeerSession(flow, out, { encrypted: 'perhaps' })
  }
}

/** A UDP flow: DHT, trackers and the like, and uTP beside them on the same socket. */
class DatagramsAndUtp implements Session {
  need = 0
  readonly lost = false
  readonly #datagrams: DatagramSession
  readonly #utp: UtpReader

  constructor(flow: FlowFacts, out: Out) {
    this.#utp = new UtpReader(flow, out)
    this.#datagrams = new DatagramSession(flow, out, (from, bytes, at) =>
      this.#utp.read(from, bytes, at),
    )
  }

  get messages(): number {
    return this.#datagrams.messages
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    return this.#datagrams.data(from, bytes, at)
  }

  gap(): void {}

  end(at: Moment): void {
    this.#utp.end(at)
  }
}

/** A flow of which nothing can be read. */
class SilentSession implements Session {
  need = 0
  readonly messages = 0
  readonly lost = true

  data(): number {
    return 0
  }

  gap(): void {}

  end(): void {}
}
