/**
 * A connection between peers. Its first message says who opens it and for what: P for messages, F
 * for one file, D for the tree that searches come down. Who was asked by the server to connect
 * (`pierce-firewall`) names only a token; then what follows shows the kind.
 *
 * F: the sender of the file says its token u32, the other from which offset u64 it wants it, then the
 * file follows to the end of the connection. Who opens with `peer-init` sends; who pierces receives.
 */

import { u32le, u64le } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { inflate } from '../../core/inflate.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import type { Wire } from '../../core/wire.ts'
import { LinkReader } from './link-reader.ts'
import { fieldsOf, Teller } from './teller.ts'
import { numberIn, type Row, rowsIn, textIn } from './wire/fields.ts'
import { folderWire, searchResponseWire, shareListWire } from './wire/lists.ts'
import { distributedWire, initWire, peerWire, type SoulseekMessage } from './wire/message.ts'
import { DISTRIBUTED, PEER } from './wire/tables.ts'

type Kind = 'P' | 'F' | 'D'

const KIND_OF_PART: Readonly<Record<string, Kind>> = { file: 'F', distributed: 'D' }
const TOKEN_BYTES = 4
const OFFSET_BYTES = 8

export class PeerSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller
  readonly #readers: readonly [LinkReader, LinkReader]
  /** The first message of the opener is still to come. */
  #opening: boolean
  #kind: Kind | undefined
  /** F: who sends the file, which sides have said their number, and how much of the file came. */
  #sender: Side = 0
  readonly #began: [boolean, boolean] = [false, false]
  #fileBytes = 0

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
    this.#opening = flow.fromStart
    if (!flow.fromStart) {
      this.#kind = KIND_OF_PART[flow.part] ?? 'P'
      this.#began = [true, true]
    }
    const reader = (side: Side): LinkReader => new LinkReader(side, this.#teller, flow.fromStart)
    this.#readers = [reader(0), reader(1)]
  }

  /** Whether what follows is a file, which nothing hides. */
  get isFile(): boolean {
    return this.#kind === 'F'
  }

  data(from: Side, bytes: Uint8Array): number {
    this.need = 0
    if (from === 0 && this.#opening) return this.#open(bytes)
    this.#kind ??= this.#guess(bytes)
    switch (this.#kind) {
      case 'P':
        return this.#message(from, bytes, peerWire)
      case 'D':
        return this.#message(from, bytes, distributedWire)
      case 'F':
        return this.#file(from, bytes)
      case undefined:
        this.need = OFFSET_BYTES
        return 0
    }
  }

  pass(from: Side, size: number): boolean {
    if (this.#kind !== 'F' || from !== this.#sender || !this.#began[from]) return false
    this.#fileBytes += size
    return true
  }

  gap(from: Side): void {
    this.#readers[from].gap()
    this.#opening = false
    this.#kind ??= 'P'
    this.#began[from] = true
    this.need = 0
  }

  end(): void {
    if (this.#fileBytes === 0) return
    const [from, to] = [this.#teller.who(this.#sender), this.#teller.who(other(this.#sender))]
    this.#teller.out.say({ type: 'transfer', from, to, bytes: this.#fileBytes, via: 'file' })
  }

  #open(bytes: Uint8Array): number {
    const step = this.#readers[0].step(initWire, bytes)
    this.need = step.need
    const said = step.message
    if (said === undefined) {
      if (step.used > 0) this.lost = true
      return step.used
    }
    this.#opening = false
    this.messages++
    this.#teller.log(0, 'init', said.name, fieldsOf(said.name, said.row))
    if (said.name !== 'peer-init') {
      this.#sender = 1
      return step.used
    }
    const kind = textIn(said.row, 'kind')
    this.#kind = kind === 'F' || kind === 'D' ? kind : 'P'
    this.#teller.client({ who: this.#teller.who(0), nick: textIn(said.row, 'user') ?? '' })
    return step.used
  }

  /** After `pierce-firewall`: a message that is known, or the eight bytes of an offset. */
  #guess(bytes: Uint8Array): Kind | undefined {
    if (bytes.length < OFFSET_BYTES) return undefined
    const length = u32le(bytes, 0)
    if (length >= 4 && length <= limits.unreadBytesMax && PEER.has(u32le(bytes, 4))) return 'P'
    if (length >= 1 && length <= 4096 && bytes[4] !== 0 && DISTRIBUTED.has(bytes[4]!)) return 'D'
    return 'F'
  }

  #file(from: Side, bytes: Uint8Array): number {
    const isSender = from === this.#sender
    if (this.#began[from]) {
      if (isSender) this.#fileBytes += bytes.length
      return bytes.length
    }
    const size = isSender ? TOKEN_BYTES : OFFSET_BYTES
    if (bytes.length < size) {
      this.need = size
      return 0
    }
    this.#began[from] = true
    this.messages++
    if (isSender) this.#teller.log(from, 'file', 'file-token', { token: u32le(bytes, 0) })
    else this.#teller.log(from, 'file', 'file-offset', { offset: u64le(bytes, 0) })
    return size
  }

  #message(from: Side, bytes: Uint8Array, wire: Wire<SoulseekMessage>): number {
    const step = this.#readers[from].step(wire, bytes)
    this.need = step.need
    if (step.message !== undefined) {
      this.messages++
      if (wire === peerWire) this.#peerSaid(from, step.message)
      else this.#treeSaid(from, step.message)
    }
    this.lost = this.#readers[0].isLost && this.#readers[1].isLost
    return step.used
  }

  #treeSaid(from: Side, { name, row }: SoulseekMessage): void {
    const { out } = this.#teller
    // Searches of all the network come down here, some every second.
    if (name === 'search') this.#teller.search(from, 'distributed', textIn(row, 'query') ?? '')
    if ((name === 'search' || name === 'ping') && !out.everyMessage) return out.count(name)
    this.#teller.log(from, 'distributed', name, fieldsOf(name, row))
  }

  #peerSaid(from: Side, { code, name, row }: SoulseekMessage): void {
    const fields = fieldsOf(name, row)
    const file = textIn(row, 'file')
    switch (name) {
      case 'share-list':
        fields.listed = this.#list(from, shareListWire, row, name)
        break
      case 'file-search-response':
        fields.listed = this.#list(from, searchResponseWire, row, name)
        break
      case 'folder':
        fields.listed = this.#list(from, folderWire, row, name)
        break
      case 'file-search-request':
        this.#teller.search(from, 'peer', textIn(row, 'query') ?? '')
        break
      case 'queue-upload':
        this.#teller.request(from, name, file!)
        break
      case 'transfer-request':
        this.#offer(from, row, file!)
        break
      case 'folder-request':
        this.#teller.request(from, name, textIn(row, 'directory')!)
        break
      case 'other':
        fields.code = code
    }
    this.#teller.log(from, 'peer', name, fields)
  }

  /** Direction 1 offers an upload, with its size; 0 asks for a file, as clients of old did. */
  #offer(from: Side, row: Row, file: string): void {
    const size = numberIn(row, 'size')
    if (numberIn(row, 'direction') === 0) this.#teller.request(from, 'transfer-request', file)
    else if (size !== undefined) this.#teller.share(from, file, size, 'transfer-request')
  }

  /** Files of a deflated list. @returns how many there are; those beyond a bound are not said */
  #list(from: Side, wire: Wire<Row>, row: Row, via: string): number {
    const inflated = inflate(row.deflated as Uint8Array)
    if (inflated === undefined) {
      this.#teller.fault(wire.name, 'not-inflated', from, 0, true)
      return 0
    }
    const outcome = wire.parse(inflated, 0)
    if (outcome.kind !== 'message') {
      const fault = outcome.kind === 'malformed' ? outcome.fault : 'list-broken'
      this.#teller.fault(wire.name, fault, from, 0, true)
      return 0
    }
    const list = outcome.message
    const nick = textIn(list, 'user')
    if (nick !== undefined) this.#teller.client({ who: this.#teller.who(from), nick })
    const directories = [...rowsIn(list, 'directories'), ...rowsIn(list, 'privateDirectories')]
    let told = this.#files(
      from,
      '',
      [...rowsIn(list, 'files'), ...rowsIn(list, 'privateFiles')],
      0,
      via,
    )
    for (const directory of directories) {
      const name = `${textIn(directory, 'name')}\\`
      told = this.#files(from, name, rowsIn(directory, 'files'), told, via)
    }
    return told
  }

  #files(from: Side, folder: string, files: readonly Row[], told: number, via: string): number {
    const room = Math.max(0, limits.listedMax - told)
    for (const file of files.slice(0, room)) {
      this.#teller.share(from, folder + textIn(file, 'name'), numberIn(file, 'size')!, via)
    }
    return told + files.length
  }
}
