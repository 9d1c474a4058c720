/** Bots by id, and those they tell of. */
import { endpointText } from '../../core/address.ts'
import { hex, u16le, u32le } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { type GameoverMessage, messageWire, peersIn, TYPES } from './wire/message.ts'

class BotSession extends DatagramSession<GameoverMessage> {
  /** Sides whose part in it was said. */
  readonly #judged = [false, false]

  protected override read(from: Side, said: GameoverMessage): void {
    const name = TYPES[said.number]![0]
    const { payload } = said
    const source = hex(said.source)
    const who = this.flow.ends[from]
    const fields: Record<string, Json> = { source, session: hex(said.session) }
    if (name === 'version-reply') {
      fields.version = u32le(payload, 0)
      fields.configuration = u32le(payload, 4)
      fields.tcp_port = u16le(payload, 8)
    }
    const peers = name === 'peer-list-reply' ? peersIn(payload) : []
    if (peers.length > 0) fields.peers = peers.map(({ about }) => endpointText(about))
    this.out.say({
      type: 'message',
      log: 'gameover',
      name,
      side: from,
      fields: { type: name, ...fields },
    })
    for (const { id, about } of peers) {
      this.out.say({
        type: 'claim',
        by: who,
        about,
        part: 'bot',
        carriers: 'udp',
        via: name,
        id: hex(id),
      })
    }
    this.#judge(from, name, source)
  }

  #judge(side: Side, name: string, source: string): void {
    if (this.#judged[side]) return
    this.#judged[side] = true
    const who = this.flow.ends[side]
    const isAnswer = name.endsWith('-reply')
    this.out.say({ type: 'client', who, software: 'P2P Zeus', id: source })
    const why = isAnswer
      ? `answers as a bot of P2P Zeus (Gameover): ${name}, session id of the request`
      : `asks as a bot of P2P Zeus (Gameover): ${name}. Crawlers of researchers ask so too`
    const severity = isAnswer ? 'high' : 'medium'
    this.out.say({ type: 'threat', threat: 'botnet-gameover', severity, by: who, why })
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new BotSession(messageWire, flow, out)
}
