/**
 * Files and lists between two clients: asked for, answered, counted. Both dialects say the same,
 * ADC without the `$ADC`:
 *
 *     $ADCGET file|tthl|list name start bytes [ZL1]     from who wants
 *     $ADCSND file|tthl|list name start bytes [ZL1]     then the content
 *
 * `bytes` counts content, also where ZL1 sends it deflated: then nothing tells how many bytes come.
 * The end is where the next answer begins: nothing else is sent by that side meanwhile, and its 56
 * bits or more do not stand in a deflated gigabyte by chance but once in millions.
 * Source: ADC 1.0.3 section 5.3.11 and extension ZLIG; eiskaltdcpp dcpp/UserConnection.cpp.
 */

import { concat } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { inflate } from '../../core/inflate.ts'
import { limits } from '../../core/limits.ts'
import { text } from '../../core/text.ts'
import { stepsOut } from '../formats/file-path.ts'
import { isFileList, listedFiles, tthUrn } from './content.ts'
import type { Teller } from './teller.ts'

/** How much of a list is kept to be read. */
const COLLECT_BYTES_MAX = 1_048_576

/** What one side sends after its answer. */
export interface Body {
  /** Bytes that are to come; undefined: deflated, until the next answer. */
  left: number | undefined
  readonly name: string
  readonly kind: string
  /** Content bytes that the answer told. */
  readonly told: number
  seen: number
  /** Set for lists: bytes kept. */
  readonly kept: Uint8Array[] | undefined
}

interface Moved {
  readonly name: string
  readonly content: string | undefined
  bytes: number
}

export class Transfers {
  readonly #teller: Teller
  readonly #moved: readonly [Map<string, Moved>, Map<string, Moved>] = [new Map(), new Map()]

  constructor(teller: Teller) {
    this.#teller = teller
  }

  /** Words after the command: kind, name, start, bytes, flags. */
  ask(side: Side, kind: string, name: string, start: number | undefined): void {
    const what = tellsFiles(kind, name) ? 'browse' : kind === 'tthl' ? 'tree' : 'download'
    this.#teller.request(side, what, contentOf(name))
    this.#teller.log(side, 'get', { kind, name, ...(start !== undefined && { start }) })
    if (stepsOut(name)) {
      this.#teller.threat(side, 'path-traversal', 'high', `asks for ${name}`)
    }
  }

  /** @returns what is to be read after the answer, or undefined where nothing is */
  answer(
    side: Side,
    kind: string,
    name: string,
    told: number,
    deflated: boolean,
  ): Body | undefined {
    const encoding = deflated ? { encoding: 'zlib' } : {}
    this.#teller.log(side, 'send', { kind, name, bytes: told, ...encoding })
    if (told === 0) return undefined
    const keeps = tellsFiles(kind, name)
    return {
      left: deflated ? undefined : told,
      name,
      kind,
      told,
      seen: 0,
      kept: keeps && told <= limits.inflatedBytesMax ? [] : undefined,
    }
  }

  take(body: Body, bytes: Uint8Array): void {
    body.seen += bytes.length
    if (body.kept !== undefined && body.seen <= COLLECT_BYTES_MAX) body.kept.push(bytes.slice())
  }

  /** All of a body was seen, or it ended before. */
  finish(side: Side, body: Body, isWhole: boolean): void {
    // Lists and trees tell of contents; they are none.
    if (body.kind !== 'tthl' && !tellsFiles(body.kind, body.name)) {
      const deflated = body.left === undefined
      const bytes = deflated ? (isWhole ? body.told : Math.min(body.told, body.seen)) : body.seen
      const key = `${body.kind} ${body.name}`
      const moved = this.#moved[side].get(key)
      if (moved !== undefined) moved.bytes += bytes
      else if (this.#moved[side].size < limits.listedMax) {
        this.#moved[side].set(key, { name: body.name, content: contentOf(body.name), bytes })
      }
    }
    if (body.kept !== undefined && isWhole && body.seen <= COLLECT_BYTES_MAX) {
      this.#readList(side, body)
    }
  }

  #readList(side: Side, body: Body): void {
    const raw = concat(...body.kept!)
    const bytes = body.left === undefined ? inflate(raw) : raw
    if (bytes === undefined) {
      this.#teller.fault('directconnect/list', 'zlib-bad', side, 0, true)
      return
    }
    if (bytes[0] === 0x42 && bytes[1] === 0x5a && bytes[2] === 0x68) {
      this.#teller.log(side, 'list', { name: body.name, bytes: bytes.length, encoding: 'bzip2' })
      return
    }
    const { files, count } = listedFiles(text(bytes))
    this.#teller.log(side, 'list', { name: body.name, bytes: bytes.length, files: count })
    const by = this.#teller.who(side)
    for (const { name, size, content } of files) {
      this.#teller.share({ by, content, via: 'file-list', name, size })
    }
  }

  end(): void {
    for (const side of [0, 1] as const) {
      for (const { name, content, bytes } of this.#moved[side].values()) {
        if (bytes === 0) continue
        this.#teller.out.say({
          type: 'transfer',
          from: this.#teller.who(side),
          to: this.#teller.who(other(side)),
          ...(content !== undefined && { content }),
          // A root is no name.
          ...(content === undefined && { name }),
          bytes,
          via: 'client-client',
        })
      }
    }
  }
}

/** Lists of files: of a folder, or all that are shared. */
function tellsFiles(kind: string, name: string): boolean {
  return kind === 'list' || isFileList(name)
}

function contentOf(name: string): string | undefined {
  return /^TTH\//i.test(name) ? tthUrn(name.slice(4)) : undefined
}
