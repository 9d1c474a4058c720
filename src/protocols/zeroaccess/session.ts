/** Who asks for bots, who answers, and with whom. */
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { type CommandMessage, commandText, commandWire } from './wire/command.ts'

class BotSession extends DatagramSession<CommandMessage> {
  /** Sides whose part in it was said. */
  readonly #judged = [false, false]

  protected override read(from: Side, said: CommandMessage): void {
    const who = this.flow.ends[from]
    const other = this.flow.ends[from === 0 ? 1 : 0]
    switch (said.type) {
      case 'getL':
        this.#log(from, said.type, { id: said.id })
        this.out.say({ type: 'request', by: who, of: other, what: 'peers' })
        return this.#judge(
          from,
          'medium',
          'asks for infected machines as ZeroAccess does: getL, CRC right. Scanners of researchers ask so too',
        )
      case 'retL':
        return this.#list(from, said)
      case 'other':
        return this.#log(from, commandText(said.command), { size: said.body.length })
    }
  }

  #list(from: Side, said: CommandMessage & { type: 'retL' }): void {
    const peers = said.peers.slice(0, limits.listedMax)
    const files = said.files.slice(0, limits.listedMax)
    this.#log(from, said.type, {
      peers: peers.map(({ ip }) => ip),
      files: files.map(({ name, time, size }) => ({ name: hexName(name), time, size })),
    })
    const by = this.flow.ends[from]
    // Peers are told without a port: all bots of one network listen on the same.
    const { port } = this.flow.ends[1]
    for (const { ip } of peers) {
      const about = { ip, port }
      this.out.say({ type: 'claim', by, about, part: 'bot', carriers: 'udp', via: 'retL' })
    }
    for (const { name, size, signature } of files) {
      const content = `urn:x-peerscope:zeroaccess:${hexName(name)}-${hex(signature, 0, 8)}`
      this.out.say({ type: 'share', by, content, via: 'retL', name: hexName(name), size })
    }
    const why = `answers as a bot of ZeroAccess: retL, CRC right, ${said.peers.length} bots and ${said.files.length} signed files`
    this.#judge(from, 'high', why)
  }

  #judge(side: Side, severity: 'medium' | 'high', why: string): void {
    if (this.#judged[side]) return
    this.#judged[side] = true
    const by = this.flow.ends[side]
    this.out.say({ type: 'threat', threat: 'botnet-zeroaccess', severity, by, why })
  }

  #log(side: Side, name: string, fields: { readonly [key: string]: Json }): void {
    this.out.say({
      type: 'message',
      log: 'zeroaccess',
      name,
      side,
      fields: { type: name, ...fields },
    })
  }
}

function hexName(name: number): string {
  return name.toString(16).padStart(8, '0')
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new BotSession(commandWire, flow, out)
}
