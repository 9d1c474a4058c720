/** Search results by datagram: one command or line each, from who has the file to who searches. */
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { AdcMeanings } from './adc.ts'
import { NmdcMeanings } from './nmdc.ts'
import { Teller } from './teller.ts'
import { Transfers } from './transfers.ts'
import { adcWire } from './wire/adc.ts'

const DOLLAR = 0x24
const PIPE = 0x7c
const LF = 0x0a

export class ResultSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #nmdc: NmdcMeanings
  readonly #adc: AdcMeanings
  readonly #teller: Teller

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
    const transfers = new Transfers(this.#teller)
    this.#nmdc = new NmdcMeanings(this.#teller, transfers)
    this.#adc = new AdcMeanings(this.#teller, transfers)
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    if (bytes.length === 0) return 0
    if (bytes[0] === DOLLAR) {
      const end = bytes.indexOf(PIPE)
      this.messages++
      this.#nmdc.read(from, end < 0 ? bytes : bytes.subarray(0, end))
      return bytes.length
    }
    const line = bytes.indexOf(LF) < 0 ? withEnd(bytes) : bytes
    const outcome = adcWire.parse(line, 0)
    if (outcome.kind === 'message') {
      this.messages++
      this.#adc.read(from, outcome.message)
    } else {
      const fault = outcome.kind === 'malformed' ? outcome.fault : 'header-bad'
      this.#teller.fault(adcWire.name, fault, from, 0, true)
    }
    return bytes.length
  }

  gap(): void {}

  end(): void {}
}

/** Programs that leave the end out. */
function withEnd(bytes: Uint8Array): Uint8Array {
  const line = new Uint8Array(bytes.length + 1)
  line.set(bytes)
  line[bytes.length] = LF
  return line
}
