/** Lists of files from client to client. Source: mldonkey, docs/slavanap.txt section 5.3. */
import { bytesOf, concat } from '../../core/bytes.ts'
import type { Link, Talk } from '../../core/peer.ts'
import { latin1 } from '../../core/text.ts'
import type { Client } from './peer-client.ts'

import { wordsOfFile } from './peer-shares.ts'
import { askWire, HAIL } from './wire/ask.ts'
import { wordsOf } from './wire/words.ts'

const LINE_BYTES_MAX = 2048
/** As many as a server takes of one user. */
const FILES_MAX = 5000

export function sendList(link: Link, { nick, shares }: Client): void {
  const lines = shares.all.map((shared) => bytesOf(`${wordsOfFile(shared)}\n`))
  link.send(concat(bytesOf(`${nick}\n`), ...lines, bytesOf('\n')))
  link.close()
}

/** Asks a client directly for the list of what he shares. */
export class ListFetch implements Talk {
  readonly #client: Client
  /** As it was ordered. */
  readonly #of: string
  #isAsked = false
  #nick: string | undefined
  #files = 0

  constructor(client: Client, of: string) {
    this.#client = client
    this.#of = of
  }

  opened(): void {}

  data(link: Link, bytes: Uint8Array): number {
    if (!this.#isAsked) {
      if (bytes[0] !== HAIL) return this.#fail(link, 'no hail', bytes.length)
      link.send(askWire.emit({ type: 'get-list', end: '' }))
      this.#isAsked = true
      return 1
    }
    const end = bytes.indexOf(10)
    if (end < 0) {
      if (bytes.length < LINE_BYTES_MAX) return 0
      return this.#fail(link, 'no list', bytes.length)
    }
    this.#line(link, latin1(bytes, 0, end))
    return end + 1
  }

  #line(link: Link, line: string): void {
    if (this.#nick === undefined) {
      this.#nick = line
      return
    }
    if (line === '' || this.#files >= FILES_MAX) {
      link.close()
      this.#client.site.say({ type: 'searched', text: this.#of, hits: this.#files })
      return
    }
    const words = wordsOf(line).map(({ value }) => value)
    if (this.#client.learn(this.#of, this.#nick, words, link.remote)) this.#files++
  }

  #fail(link: Link, why: string, used: number): number {
    link.close()
    this.#client.fail('browse', why)
    return used
  }

  closed(_link: Link, why: string): void {
    this.#client.fail('browse', why)
  }
}
