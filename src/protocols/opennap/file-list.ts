/**
 * The list of files that one peer sends another directly.
 * Source: mldonkey, docs/slavanap.txt section 5.3; TekNap's SENDLIST as answer: fixtures/browse.pcap.
 *
 *   list   nick LF *( "path" md5 size bitrate frequency seconds LF ) LF
 */
import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { latin1 } from '../../core/text.ts'
import { nameOf } from '../formats/file-path.ts'
import { decoded, fileUrn, md5Urn } from './content.ts'
import type { Teller } from './teller.ts'
import { wordsOf } from './wire/words.ts'

/** A path of 1,024 and the numbers. */
const LINE_BYTES_MAX = 2048

export class FileList {
  lost = false
  readonly #teller: Teller
  #nick: string | undefined
  #files = 0
  #ended = false
  #from: Side = 1

  /** @param nick  where a line before the list told it */
  constructor(teller: Teller, nick?: string) {
    this.#teller = teller
    this.#nick = nick === '' ? undefined : nick
  }

  /** As a session's `data`; `read`: whether a line was. */
  data(from: Side, bytes: Uint8Array): { used: number; need: number; read: number } {
    this.#from = from
    if (this.#ended) return { used: bytes.length, need: 0, read: 0 }
    const end = bytes.indexOf(10)
    if (end < 0) {
      if (bytes.length < LINE_BYTES_MAX) return { used: 0, need: bytes.length + 1, read: 0 }
      this.lost = true
      return { used: bytes.length, need: 0, read: 0 }
    }
    this.#line(latin1(bytes, 0, end).replace(/\r$/, ''))
    return { used: end + 1, need: 0, read: 1 }
  }

  #line(line: string): void {
    if (line === '') {
      this.#ended = true
      return
    }
    if (line.startsWith('"')) return this.#file(line)
    const nick = /^(?:SENDLIST ?)?(\S*)$/.exec(line)?.[1]
    if (nick === undefined)
      return this.#teller.log(this.#from, 'list-line', { text: decoded(line) })
    if (nick === '' || this.#nick !== undefined) return
    this.#nick = decoded(nick)
    this.#teller.client({ who: this.#teller.who(this.#from), nick: this.#nick })
  }

  #file(line: string): void {
    const [path, md5, size] = wordsOf(line)
    if (path === undefined || size === undefined || !/^\d{1,15}$/.test(size.value)) return
    this.#files++
    if (this.#files > limits.listedMax) return
    const name = decoded(path.value)
    const also = md5Urn(md5!.value)
    this.#teller.share({
      by: this.#teller.who(this.#from),
      content: fileUrn(name, Number(size.value)),
      via: 'browse',
      name: nameOf(name),
      size: Number(size.value),
      ...(also !== undefined && { also: [also] }),
    })
  }

  end(): void {
    const nick = this.#nick
    const fields = { ...(nick !== undefined && { nick }), count: this.#files }
    this.#teller.log(this.#from, 'list', fields)
  }
}
