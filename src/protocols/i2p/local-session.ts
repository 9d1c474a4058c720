/** What programs say to a router on their own machine: sessions, names, versions. No keys are logged. */
import type { Json, Side } from '../../core/event.ts'
import { type FlowFacts, type Out, REST, type Session } from '../../core/protocol.ts'
import { GET_DATE, i2cpWire, PROTOCOL_BYTE, SET_DATE, versionIn } from './wire/i2cp.ts'
import { readCommand, samWire } from './wire/sam.ts'

/** Values that may be told; destinations may hold private keys. */
const TOLD = new Map([
  ['RESULT', 'result'],
  ['VERSION', 'version'],
  ['MIN', 'min'],
  ['MAX', 'max'],
  ['STYLE', 'style'],
  ['ID', 'id'],
  ['NAME', 'name'],
])

export class LocalSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #began: [boolean, boolean] = [false, false]
  /** SAM: the connection now carries a stream, or datagrams. */
  #isCarrying = false

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array): number {
    return this.#flow.part === 'sam' ? this.#sam(from, bytes) : this.#i2cp(from, bytes)
  }

  gap(): void {
    this.lost = true
  }

  end(): void {}

  #sam(from: Side, bytes: Uint8Array): number {
    if (this.#isCarrying) return REST
    const outcome = samWire.parse(bytes, 0)
    this.need = outcome.kind === 'need' ? outcome.size : 0
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'malformed') return this.#fault(samWire.name, outcome.fault, from)
    this.messages++
    const { command, pairs } = readCommand(outcome.message.line)
    const fields: { [key: string]: Json } = { command }
    for (const [key, name] of TOLD) {
      const value = pairs.get(key)
      if (value !== undefined) fields[name] = value
    }
    if (pairs.has('PASSWORD')) fields.password = '[redacted]'
    this.#log(from, 'sam', fields)
    const [by, of] = [this.#flow.ends[from], this.#flow.ends[from === 0 ? 1 : 0]]
    if (command === 'NAMING LOOKUP')
      this.#out.say({ type: 'request', by, of, what: 'naming-lookup' })
    if (command === 'STREAM CONNECT')
      this.#out.say({ type: 'request', by, of, what: 'stream-connect' })
    if (command === 'STREAM STATUS' && pairs.get('RESULT') === 'OK') this.#isCarrying = true
    return outcome.size
  }

  #i2cp(from: Side, bytes: Uint8Array): number {
    if (from === 0 && !this.#began[0]) {
      this.#began[0] = true
      if (bytes[0] === PROTOCOL_BYTE) return 1
    }
    const outcome = i2cpWire.parse(bytes, 0)
    this.need = outcome.kind === 'need' ? outcome.size : 0
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'malformed') return this.#fault(i2cpWire.name, outcome.fault, from)
    this.messages++
    const { type } = outcome.message
    const version = versionIn(outcome.message)
    if (type === GET_DATE || type === SET_DATE) {
      const told = version === undefined ? {} : { version }
      this.#log(from, 'i2cp', { number: type, ...told })
      const who = this.#flow.ends[from]
      if (version !== undefined) this.#out.say({ type: 'client', who, software: 'I2P', version })
    } else this.#out.count(`i2cp-${type}`)
    return outcome.size
  }

  #fault(wire: string, fault: string, side: Side): number {
    this.#out.say({ type: 'fault', wire, fault, side, at: 0, resumes: false })
    return REST
  }

  #log(side: Side, type: 'sam' | 'i2cp', fields: { [key: string]: Json }): void {
    const all = { type, ...fields }
    this.#out.say({ type: 'message', log: 'i2p', name: type, side, fields: all })
  }
}
