/** Pings, searches and downloads → who is there, who looks for what. */
import { bytesOf } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { text } from '../../core/text.ts'
import { DatagramSession, OpeningSession } from '../../core/wire-session.ts'
import { stepsOut } from '../formats/file-path.ts'
import { type Datagram, datagramWire } from './wire/datagram.ts'
import { type Request, requestWire } from './wire/request.ts'

class TalkSession extends DatagramSession<Datagram> {
  /** A cut datagram still says what stands first. */
  protected override readonly bearsCuts = true

  protected override read(side: Side, said: Datagram): void {
    const who = this.flow.ends[side]
    switch (said.type) {
      case 'ping':
        say(this.out, side, { type: 'ping', version: said.version })
        break
      case 'pong':
        say(this.out, side, { type: 'pong', version: said.version })
        this.out.say({ type: 'client', who, software: 'Soribada', listens: who })
        break
      case 'search': {
        const words = text(said.words)
        say(this.out, side, { type: 'search', format: said.format, words })
        this.out.say({ type: 'search', by: who, via: 'search', text: words })
      }
    }
  }
}

const COLON = bytesOf(':')[0]

class DownloadSession extends OpeningSession<Request> {
  protected override read(message: Request): void {
    const line = message.name
    const name = text(line, line[0] === COLON ? 1 : 0).trim()
    say(this.out, 0, { type: 'request', name })
    const [by, of] = this.flow.ends
    this.out.say({ type: 'request', by, of, what: 'download', name })
    if (stepsOut(name)) {
      const why = `asks for a file by a path that leaves its folder: ${name}`
      this.out.say({ type: 'threat', threat: 'path-traversal', severity: 'high', by, why })
    }
  }
}

function say(
  out: Out,
  side: Side,
  fields: { readonly [key: string]: Json } & { type: string },
): void {
  out.say({ type: 'message', log: 'soribada', name: fields.type, side, fields })
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.carrier === 'tcp'
    ? new DownloadSession(requestWire, flow, out)
    : new TalkSession(datagramWire, flow, out)
}
