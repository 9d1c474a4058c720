/**
 * A connection between devices, or to a relay: what stands before the encryption is told, the rest is
 * passed over. Certificates are seen up to TLS 1.2; a device's id is their SHA-256.
 */
import { createHash } from 'node:crypto'
import { concat, hex, u24be, u32be } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { type FlowFacts, type Out, REST, type Session } from '../../core/protocol.ts'
import { text } from '../../core/text.ts'
import { alpnIn, CLIENT_HELLO, serverNameIn } from '../formats/tls-hello.ts'
import { deviceId } from './device.ts'
import { CERTIFICATE, certificateIn, commonNameIn, HANDSHAKE, recordWire } from './wire/record.ts'
import { isRelay, relayWire, xdrBytes } from './wire/relay.ts'

/** Handshakes of devices have 2 KB; a longer one is not kept. */
const HANDSHAKE_BYTES_MAX = 16_384
const NOTHING: Uint8Array = new Uint8Array(0)

export class TlsSession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  /** Handshake bytes of each side that make no whole message yet. */
  readonly #kept: [Uint8Array, Uint8Array] = [NOTHING, NOTHING]
  #saidServer = false

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array): number {
    this.need = 0
    if (isRelay(bytes) || (bytes.length < 4 && bytes[0] === 0x9e)) return this.#relay(from, bytes)
    const outcome = recordWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    if (outcome.kind === 'malformed') {
      const { fault, at } = outcome
      this.#out.say({ type: 'fault', wire: recordWire.name, fault, side: from, at, resumes: false })
      return REST
    }
    const { type, body } = outcome.message
    if (type !== HANDSHAKE) return REST
    this.#keep(from, body)
    return outcome.size
  }

  gap(): void {}
  end(): void {}

  #keep(from: Side, body: Uint8Array): void {
    let all = concat(this.#kept[from], body)
    while (all.length >= 4) {
      const size = 4 + u24be(all, 1)
      if (all.length < size) break
      this.messages++
      if (all[0] === CLIENT_HELLO) this.#hello(from, all.subarray(0, size))
      else if (all[0] === CERTIFICATE) this.#certificate(from, all.subarray(4, size))
      all = all.subarray(size)
    }
    this.#kept[from] = all.length > HANDSHAKE_BYTES_MAX ? NOTHING : all
  }

  #hello(from: Side, hello: Uint8Array): void {
    const offered = alpnIn(hello)
    const protocols = typeof offered === 'string' ? [] : [...offered]
    const serverName = serverNameIn(hello)
    const named = serverName === undefined ? {} : { serverName }
    this.#log(from, 'client-hello', { protocols, ...named })
    const part = this.#flow.part === 'relay' ? 'relay' : 'device'
    if (this.#saidServer || this.#flow.part === 'discovery-server' || isRelayed(this.#flow)) return
    this.#saidServer = true
    const [by, about] = [this.#flow.ends[from], this.#flow.ends[from === 0 ? 1 : 0]]
    this.#out.say({ type: 'claim', by, about, part, carriers: 'tcp', via: 'client-hello' })
  }

  #certificate(from: Side, body: Uint8Array): void {
    const certificate = certificateIn(body)
    if (certificate === undefined) return
    const id = new Uint8Array(createHash('sha256').update(certificate).digest())
    const commonName = commonNameIn(certificate)
    const named = commonName === undefined ? {} : { commonName }
    this.#log(from, 'certificate', { device: deviceId(id), ...named })
    // Behind a relay the ends of the flow are not the devices.
    if (isRelayed(this.#flow) || this.#flow.part === 'discovery-server') return
    const who = this.#flow.ends[from]
    this.#out.say({ type: 'client', who, software: 'Syncthing', id: hex(id) })
  }

  #relay(from: Side, bytes: Uint8Array): number {
    const outcome = relayWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    if (outcome.kind === 'malformed') {
      const { fault, at } = outcome
      this.#out.say({ type: 'fault', wire: relayWire.name, fault, side: from, at, resumes: false })
      return REST
    }
    this.messages++
    const { name, number, body } = outcome.message
    const more: { [key: string]: Json } = {}
    if (name === 'response' && body.length >= 8) {
      more.code = u32be(body, 0)
      const words = xdrBytes(body, 4)
      if (words !== undefined) more.text = text(words)
    }
    this.#log(from, 'relay-message', { relay: name, number, ...more })
    if (name === 'join-session') {
      const [by, about] = [this.#flow.ends[from], this.#flow.ends[from === 0 ? 1 : 0]]
      this.#out.say({ type: 'claim', by, about, part: 'relay', carriers: 'tcp', via: name })
    }
    return outcome.size
  }

  #log(side: Side, name: string, fields: { [key: string]: Json }): void {
    const all = { type: name, ...fields }
    this.#out.say({ type: 'message', log: 'syncthing', name, side, fields: all })
  }
}

function isRelayed({ part }: FlowFacts): boolean {
  return part === 'relay-session'
}
