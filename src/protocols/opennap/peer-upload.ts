/**
 * A small client as the one who has the file: called by who wants it, or calling him (push).
 *
 *     listener   1                       caller   1            (who wants it says so here)
 *     caller     GETnick "path" offset   caller   SENDnick "path" size
 *     listener   size, file              listener offset  →  caller sends the file
 *
 * Source: opennap, napster.txt section 4; fixtures/download.pcap.
 */
import { bytesOf } from '../../core/bytes.ts'
import type { Link, Talk } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { latin1 } from '../../core/text.ts'
import type { Client } from './peer-client.ts'
import { sendList } from './peer-list.ts'

import type { SharedFile } from './peer-shares.ts'
import { ASK_BYTES_MAX, type Ask, askWire, fileAskAt, HAIL } from './wire/ask.ts'

const PIECE_BYTES = 16_384
const REFUSED = bytesOf('FILE NOT SHARED')

/** Sends the file behind an offset; @returns how many bytes */
function sendFile(client: Client, link: Link, { file }: SharedFile, from: number): number {
  client.tell(220)
  for (let at = from; at < file.size; at += PIECE_BYTES) {
    link.send(fileBytes(file, at, PIECE_BYTES))
  }
  const bytes = Math.max(0, file.size - from)
  client.site.say({ type: 'served', name: file.name, bytes, to: link.remote })
  client.tell(221)
  return bytes
}

/** Somebody called: he wants a file, brings one, or wants the list. */
export class Arrival implements Talk {
  readonly #client: Client
  #holdsPlace = false

  constructor(client: Client) {
    this.#client = client
  }

  opened(link: Link): void {
    link.send(Uint8Array.of(HAIL))
  }

  data(link: Link, bytes: Uint8Array): number {
    // Nothing ends an ask: it is whole where it can be read, as programs write it at once.
    const file = fileAskAt(bytes)
    if (file !== undefined) {
      this.#asked(link, file.ask)
      return file.size
    }
    const outcome = askWire.parse(bytes, 0)
    if (outcome.kind === 'message') {
      if (outcome.message.type === 'get-list') sendList(link, this.#client)
      else link.close()
      return outcome.size
    }
    if (bytes.length < ASK_BYTES_MAX) return 0
    link.close()
    return bytes.length
  }

  #asked(link: Link, ask: Ask): void {
    if (ask.type === 'send') {
      this.#client.downloads.given(link, ask)
      return
    }
    if (ask.type !== 'get') return
    const shared = this.#client.shares.at(ask.path)
    const offset = Math.max(0, Number(ask.number))
    this.#holdsPlace = shared !== undefined && this.#client.beginUpload()
    if (!this.#holdsPlace || offset > shared!.file.size) {
      link.send(REFUSED)
      link.close()
      this.closed()
      return
    }
    link.send(bytesOf(String(shared!.file.size)))
    sendFile(this.#client, link, shared!, offset)
  }

  closed(): void {
    if (this.#holdsPlace) this.#client.endUpload()
    this.#holdsPlace = false
  }
}

/** Brings a file to somebody who could not call for it. */
export class Push implements Talk {
  readonly #client: Client
  readonly #shared: SharedFile
  #isAsked = false

  constructor(client: Client, shared: SharedFile) {
    this.#client = client
    this.#shared = shared
  }

  opened(): void {}

  data(link: Link, bytes: Uint8Array): number {
    if (!this.#isAsked) {
      if (bytes[0] !== HAIL) return this.#end(link, bytes.length)
      const { path, file } = this.#shared
      const number = String(file.size)
      link.send(askWire.emit({ type: 'send', nick: this.#client.nick, path, number }))
      this.#isAsked = true
      return 1
    }
    const digits = /^\d{1,10}$/.exec(latin1(bytes, 0, 16))
    if (digits === null || Number(digits[0]) > this.#shared.file.size) {
      return this.#end(link, bytes.length)
    }
    sendFile(this.#client, link, this.#shared, Number(digits[0]))
    return this.#end(link, bytes.length)
  }

  #end(link: Link, used: number): number {
    link.close()
    this.closed()
    return used
  }

  closed(): void {
    this.#client.endUpload()
  }
}
