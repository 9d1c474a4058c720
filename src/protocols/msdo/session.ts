/** Handshakes → who wants what from whom. Frames are told by number: what they say is not known. */
import { hex, u32be } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { type PeerMessage, peerWire } from './wire/peer.ts'

/** Longer frames carry data: they are counted, and passed over unread. */
const FRAME_READ_MAX = 4096
/** Of a frame's body, what a log is given. */
const SHOWN = 64

class PeerSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(side: Side, bytes: Uint8Array, _at: Moment): number {
    const passed = this.#passed(bytes)
    if (passed > 0) return passed
    const outcome = peerWire.parse(bytes, 0)
    switch (outcome.kind) {
      case 'need':
        // The number of a long frame is all that is wanted of it.
        this.need = bytes[0] === 0 && outcome.size > FRAME_READ_MAX ? 5 : outcome.size
        return 0
      case 'malformed': {
        const { fault, at } = outcome
        this.#out.say({ type: 'fault', wire: peerWire.name, fault, side, at, resumes: false })
        this.lost = true
        return bytes.length
      }
      case 'message':
        this.need = 0
        this.messages++
        this.#read(side, outcome.message)
        return outcome.size
    }
  }

  /** The size of a long frame, which is passed over; 0 where none begins. */
  #passed(bytes: Uint8Array): number {
    if (bytes.length < 5 || bytes[0] !== 0) return 0
    const size = 4 + u32be(bytes, 0)
    if (size <= FRAME_READ_MAX || size > peerWire.messageBytesMax) return 0
    this.need = 0
    this.messages++
    this.#out.count(`frame-${bytes[4]}`)
    return size
  }

  /** Without its lengths a stream cannot be followed. */
  gap(_from: Side, _missing: number, _at: Moment): void {
    this.lost = true
  }

  end(_at: Moment): void {}

  #read(side: Side, said: PeerMessage): void {
    switch (said.type) {
      case 'keep-alive':
        return this.#out.count('keep-alive')
      case 'frame': {
        const body = hex(said.body, 0, SHOWN)
        return this.#log(side, { type: 'frame', number: said.number, body })
      }
      case 'handshake': {
        const content = `urn:x-peerscope:msdo:${hex(said.content)}`
        const id = hex(said.peerId)
        this.#log(side, { type: 'handshake', content, id, flags: hex(said.flags) })
        const who = this.#flow.ends[side]
        const of = this.#flow.ends[side === 0 ? 1 : 0]
        this.#out.say({ type: 'client', who, software: 'Windows Delivery Optimization', id })
        this.#out.say({ type: 'request', by: who, of, what: 'handshake', content })
      }
    }
  }

  #log(side: Side, fields: { readonly [key: string]: Json } & { type: string }): void {
    this.#out.say({ type: 'message', log: 'msdo', name: fields.type, side, fields })
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new PeerSession(flow, out)
}
