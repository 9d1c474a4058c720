/** Fields of datagrams → clients, searches, files; lines of connections → what is fetched. */
import type { Endpoint } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { latin1, text } from '../../core/text.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { type Datagram, datagramWire, type Field } from './wire/datagram.ts'

type Fields = { readonly [key: string]: Json }

function log(out: Out, side: Side, name: string, fields: Fields): void {
  out.say({ type: 'message', log: 'manolito', name, side, fields: { type: name, ...fields } })
}

/** As Wireshark names them, by the first field. */
const KINDS: Readonly<Record<string, string>> = {
  CK: 'hit',
  NC: 'user',
  FN: 'search',
  ID: 'search-by-hash',
  PT: 'download',
  ME: 'chat',
}

class FieldsSession extends DatagramSession<Datagram> {
  readonly #heard: [boolean, boolean] = [false, false]

  /** A cut datagram still says what stands first. */
  protected override readonly bearsCuts = true

  protected override read(from: Side, said: Datagram): void {
    const who = this.flow.ends[from]
    const kind = said.fields.length === 0 ? 'ping' : (KINDS[said.fields[0]!.name] ?? 'other')
    const values: Record<string, string> = {}
    for (const field of said.fields) values[field.name] = shownValue(field)
    log(this.out, from, kind, { forwarded: said.forwarded, to: said.to, fields: values })
    if (!this.#heard[from]) {
      this.#heard[from] = true
      this.#claim(who, who, kind)
    }
    if (said.forwarded !== '0.0.0.0' && said.forwarded !== who.ip) {
      this.#claim(who, { ip: said.forwarded, port: who.port }, 'forwarded')
    }
    this.#contents(from, kind, said.fields)
    this.#client(who, values)
  }

  #claim(by: Endpoint, about: Endpoint, via: string): void {
    this.out.say({ type: 'claim', by, about, part: 'peer', carriers: 'both', via })
  }

  #client(who: Endpoint, { NN, CN, CV, PT }: Record<string, string>): void {
    if (NN === undefined && CN === undefined) return
    const port = Number(PT ?? '0')
    this.out.say({
      type: 'client',
      who,
      ...(NN !== undefined && { nick: NN }),
      ...(CN !== undefined && { software: CN }),
      ...(CV !== undefined && { version: CV }),
      ...(port > 0 && port < 65_536 && { listens: { ip: who.ip, port } }),
    })
  }

  #contents(from: Side, kind: string, fields: readonly Field[]): void {
    const by = this.flow.ends[from]
    const find = (name: string) => fields.find((field) => field.name === name)
    const [name, checksum, size] = [find('FN'), find('CK') ?? find('ID'), find('FL')]
    const content = checksum === undefined ? undefined : urnOf(checksum.value)
    if (kind === 'search' && name !== undefined) {
      this.out.say({ type: 'search', by, via: 'search', text: text(name.value) })
    } else if (kind === 'search-by-hash' && content !== undefined) {
      this.out.say({ type: 'search', by, via: 'search', content })
    } else if (kind === 'hit' && content !== undefined) {
      const named = name === undefined ? {} : { name: text(name.value) }
      const sized = size === undefined || size.isText ? {} : { size: numberOf(size.value) }
      this.out.say({ type: 'share', by, content, via: 'hit', ...named, ...sized })
    }
  }
}

function numberOf(value: Uint8Array): number {
  let number = 0
  for (const byte of value.subarray(0, 6)) number = 256 * number + byte
  return number
}

function shownValue({ isText, value }: Field): string {
  if (isText) return text(value)
  return value.length <= 5 ? String(numberOf(value)) : hex(value)
}

/** Checksums of 16 bytes, or 32 hex digits, are MD5 as in the lines of transfers. */
function urnOf(value: Uint8Array): string {
  const digits = value.length === 32 ? latin1(value).toLowerCase() : hex(value)
  return /^[0-9a-f]{32}$/.test(digits)
    ? `urn:md5:${digits}`
    : `urn:x-peerscope:manolito:${hex(value)}`
}

/** `STR n`, then `SIZ n`, `MD5 …`, `GO!!` and a file. */
class TransferSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #heard: [boolean, boolean] = [false, false]
  readonly #bytes: [number, number] = [0, 0]

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.need = 0
    if (this.#heard[from]) {
      this.#bytes[from] += bytes.length
      return bytes.length
    }
    if (bytes.length < 5) {
      this.need = 5
      return 0
    }
    this.#heard[from] = true
    this.messages++
    const word = latin1(bytes, 0, 4)
    const name = word === 'STR ' ? 'start' : word === 'SIZ ' ? 'size' : 'other'
    log(this.#out, from, name, {})
    return 4
  }

  gap(from: Side): void {
    this.#heard[from] = true
  }

  end(): void {
    const [to, from] = this.#flow.ends
    const bytes = this.#bytes[1]
    if (bytes > 64) this.#out.say({ type: 'transfer', from, to, bytes, via: 'peer' })
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.carrier === 'udp'
    ? new FieldsSession(datagramWire, flow, out)
    : new TransferSession(flow, out)
}
