/**
 * The fields that OpenFT bodies are made of, read and written one after the other.
 *
 *   ip       family u16be, always 4 | ip4 4            since 2003
 *            family u16be, always 4 | ip4 4 | 12 zeros  in 2002: room for IPv6 that never came
 *   text     bytes … 00
 *   hash     16 bytes: MD5 of a file, or the id of a search
 *   pairs    (text | text) until the end               meta data of a file
 *   nodes    (ip | port u16be | class u16be) until the end
 *   caps     (1 u16be | text) … 0 u16be
 *   wishes   (class u16be | count u16be) until the end
 *   query    where bit 4 of the kind before it is set: two lists of u32be, each ended by 0; else two texts
 *
 * Source: gift-openft src/ft_packet.c, src/proto/ft_handshake.c; MLDonkey openFTProtocol.ml.
 */
import { type Endpoint, ip4, parseIp4 } from '../../../core/address.ts'
import { type ByteWriter, bits, u16be, u32be } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'

export type Kind =
  | 'ip'
  | 'u16'
  | 'u32'
  | 'text'
  | 'hash'
  | 'pairs'
  | 'nodes'
  | 'caps'
  | 'wishes'
  | 'query'

export interface Node {
  readonly endpoint: Endpoint
  readonly klass: number
}

/** Words, or the numbers that stand for words where a node hides what it searches for. */
export interface Query {
  readonly wanted: string | readonly number[]
  readonly unwanted: string | readonly number[]
}

/** One character per byte in texts; views of hashes live as long as the bytes. */
export type Value =
  | number
  | string
  | Uint8Array
  | readonly (readonly [string, string])[]
  | readonly Node[]
  | readonly string[]
  | Query

export type Values = { [name: string]: Value }

const IP_FAMILY = 4
const HASH_BYTES = 16
const HIDDEN_BIT = 4
const ZEROS = new Uint8Array(12)

export class FieldReader {
  readonly #bytes: Uint8Array
  readonly #wideIp: boolean
  at: number
  fault: string | undefined

  constructor(bytes: Uint8Array, at: number, wideIp: boolean) {
    this.#bytes = bytes
    this.#wideIp = wideIp
    this.at = at
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  /** @param values  what was read before: a query depends on its kind */
  read(kind: Kind, values: Values): Value {
    switch (kind) {
      case 'ip':
        return this.#ip()
      case 'u16':
        return this.#u16()
      case 'u32':
        return this.#u32()
      case 'text':
        return this.#text()
      case 'hash':
        return this.#view(HASH_BYTES)
      case 'pairs':
        return this.#until(() => [this.#text(), this.#text()] as const)
      case 'nodes':
        return this.#until(() => this.#node())
      case 'caps':
        return this.#caps()
      case 'wishes':
        return this.#until(() => [String(this.#u16()), String(this.#u16())] as const)
      case 'query':
        return this.#query(bits(Number(values.kind ?? 0), HIDDEN_BIT, 1) === 1)
    }
  }

  #view(size: number): Uint8Array {
    if (this.left < size) {
      this.fault ??= 'body-cut'
      return this.#bytes.subarray(0, 0)
    }
    this.at += size
    return this.#bytes.subarray(this.at - size, this.at)
  }

  #u16(): number {
    const view = this.#view(2)
    return view.length === 2 ? u16be(view, 0) : 0
  }

  #u32(): number {
    const view = this.#view(4)
    return view.length === 4 ? u32be(view, 0) : 0
  }

  #ip(): string {
    if (this.#u16() !== IP_FAMILY) this.fault ??= 'family-unknown'
    const view = this.#view(4)
    const ip = view.length === 4 ? ip4(view, 0) : '0.0.0.0'
    if (this.#wideIp && this.#view(ZEROS.length).some((byte) => byte !== 0)) {
      this.fault ??= 'family-unknown'
    }
    return ip
  }

  #text(): string {
    const end = this.#bytes.indexOf(0, this.at)
    if (end < 0) {
      this.fault ??= 'text-unended'
      return ''
    }
    const value = latin1(this.#bytes, this.at, end - this.at)
    this.at = end + 1
    return value
  }

  #until<T>(one: () => T): T[] {
    const list: T[] = []
    while (this.fault === undefined && this.left > 0) list.push(one())
    return list
  }

  #node(): Node {
    const ip = this.#ip()
    const port = this.#u16()
    return { endpoint: { ip, port }, klass: this.#u16() }
  }

  #caps(): string[] {
    const list: string[] = []
    while (this.fault === undefined && this.#u16() !== 0) list.push(this.#text())
    return list
  }

  #query(hidden: boolean): Query {
    return hidden
      ? { wanted: this.#tokens(), unwanted: this.#tokens() }
      : { wanted: this.#text(), unwanted: this.#text() }
  }

  #tokens(): number[] {
    const list: number[] = []
    for (;;) {
      const token = this.#u32()
      if (token === 0 || this.fault !== undefined) return list
      list.push(token)
    }
  }
}

export function writeField(writer: ByteWriter, kind: Kind, value: Value, wideIp: boolean): void {
  switch (kind) {
    case 'ip':
      writer.u16be(IP_FAMILY).bytes(parseIp4(String(value))!)
      if (wideIp) writer.bytes(ZEROS)
      return
    case 'u16':
      writer.u16be(Number(value))
      return
    case 'u32':
      writer.u32be(Number(value))
      return
    case 'text':
      writer.latin1(String(value)).u8(0)
      return
    case 'hash':
      writer.bytes(value as Uint8Array)
      return
    case 'pairs':
      for (const [name, said] of value as readonly (readonly [string, string])[]) {
        writer.latin1(name).u8(0).latin1(said).u8(0)
      }
      return
    case 'nodes':
      for (const { endpoint, klass } of value as readonly Node[]) {
        writeField(writer, 'ip', endpoint.ip, wideIp)
        writer.u16be(endpoint.port).u16be(klass)
      }
      return
    case 'caps':
      for (const cap of value as readonly string[]) writer.u16be(1).latin1(cap).u8(0)
      writer.u16be(0)
      return
    case 'wishes':
      for (const [klass, count] of value as readonly (readonly [string, string])[]) {
        writer.u16be(Number(klass)).u16be(Number(count))
      }
      return
    case 'query':
      writeWords(writer, (value as Query).wanted)
      writeWords(writer, (value as Query).unwanted)
  }
}

function writeWords(writer: ByteWriter, words: string | readonly number[]): void {
  if (typeof words === 'string') writer.latin1(words).u8(0)
  else for (const token of [...words, 0]) writer.u32be(token)
}
