/**
 * How a client enters the DHT that Direct Connect clients have among each other: it asks a web server
 * for nodes, and says by which port of UDP it can be reached. What nodes say to each other is
 * encrypted by keys that only they know.
 *
 *   GET …?cid=<39 letters>&encryption=1[&u4=<port>] HTTP/1.1
 *
 * Source: eiskaltdcpp, dht/BootstrapManager.cpp; fixtures/dht-bootstrap.pcap.
 */
import type { Side } from '../../core/event.ts'
import { type FlowFacts, type Out, REST, type Session, type Sight } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'

/** One request line of a client has about 100. */
const LINE_BYTES_MAX = 512
const LINE = /^GET \S*\?cid=[A-Z2-7]{39}&encryption=[01](?:&u4=(\d{1,5}))? HTTP\/1\.[01]\r?\n/

export function bootstrapSight(head: Uint8Array, final: boolean): Sight {
  const line = latin1(head, 0, LINE_BYTES_MAX)
  if (LINE.test(line)) {
    const reasons = ['a web server is asked for nodes of the DHT, with a client id of 39 letters']
    return { part: 'dht-bootstrap', sureness: 'certain', reasons }
  }
  return line.includes('\n') || head.length >= LINE_BYTES_MAX || final ? 'no' : 'more'
}

export class BootstrapSession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #flow: FlowFacts
  readonly #out: Out

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array): number {
    if (from === 1) return REST
    const line = latin1(bytes, 0, LINE_BYTES_MAX)
    if (!line.includes('\n') && bytes.length < LINE_BYTES_MAX) {
      this.need = bytes.length + 1
      return 0
    }
    this.need = 0
    const told = LINE.exec(line)
    if (told === null) return REST
    this.messages++
    this.#out.count('dht-bootstrap')
    const port = Number(told[1] ?? 0)
    const [by] = this.#flow.ends
    if (port > 0 && port < 65_536) {
      const about = { ip: by.ip, port }
      this.#out.say({
        type: 'claim',
        by,
        about,
        part: 'dht',
        carriers: 'udp',
        via: 'dht-bootstrap',
      })
    }
    return REST
  }

  gap(): void {}

  end(): void {}
}
