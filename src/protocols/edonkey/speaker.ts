/**
 * What the sessions of this folder share: saying things in the right words, and not twice.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Json, Said, Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { SaidOnce } from '../../core/said-once.ts'
import type { FileEntry } from './wire/entries.ts'
import { addressOfId } from './wire/entries.ts'
import { TAG, type Tag, tagNumber, tagText } from './wire/tag.ts'

/** Names of contents and what was said once, remembered per flow. */
const REMEMBERED_MAX = 1_000

export function urnOf(hash: string): string {
  return `urn:ed2k:${hash}`
}

/** A file's size out of its tags: low 32 bits, and the high ones where it is beyond 4 GiB. */
export function sizeOf(tags: readonly Tag[]): number | undefined {
  const low = tagNumber(tags, TAG.size)
  const high = tagNumber(tags, TAG.sizeHigh) ?? 0
  return low === undefined ? undefined : low + high * 0x1_0000_0000
}

export interface ClaimMore {
  readonly content?: string | undefined
  readonly id?: string | undefined
  readonly reading?: 'natural' | 'reversed' | undefined
}

export class Speaker {
  readonly flow: FlowFacts
  readonly out: Out
  /** Content → name and size, as far as this flow told them. */
  readonly names = new Map<string, { name?: string; size?: number }>()
  readonly #once = new SaidOnce(REMEMBERED_MAX)

  constructor(flow: FlowFacts, out: Out) {
    this.flow = flow
    this.out = out
  }

  end(side: Side): Endpoint {
    return this.flow.ends[side]
  }

  /** Whether this is the first time in this flow; beyond the bound everything counts as new. */
  first(key: string): boolean {
    return this.#once.isNew(key)
  }

  message(
    log: 'edonkey' | 'kad',
    name: string,
    side: Side,
    fields: Readonly<Record<string, Json>>,
  ): void {
    this.out.say({ type: 'message', log, name, side, fields })
  }

  claim(
    by: Side,
    about: Endpoint,
    part: string,
    carriers: 'tcp' | 'udp' | 'both',
    via: string,
    more: ClaimMore = {},
  ): void {
    const said: Said = {
      type: 'claim',
      by: this.end(by),
      about,
      part,
      carriers,
      via,
      ...(more.content !== undefined && { content: more.content }),
      ...(more.id !== undefined && { id: more.id }),
      ...(more.reading !== undefined && { reading: more.reading }),
    }
    this.out.say(said)
  }

  request(by: Side, what: string, content?: string): void {
    this.out.say({
      type: 'request',
      by: this.end(by),
      of: this.end(other(by)),
      what,
      ...(content !== undefined && { content }),
    })
  }

  search(by: Side, via: string, text: string | undefined, content?: string): void {
    this.out.say({
      type: 'search',
      by: this.end(by),
      via,
      ...(text !== undefined && { text }),
      ...(content !== undefined && { content }),
    })
  }

  share(by: Side, hash: string, via: string, name?: string, size?: number): void {
    this.noteFile(hash, name, size)
    this.out.say({
      type: 'share',
      by: this.end(by),
      content: urnOf(hash),
      via,
      ...(name !== undefined && { name }),
      ...(size !== undefined && { size }),
    })
  }

  noteFile(hash: string, name: string | undefined, size: number | undefined): void {
    const known = this.names.get(hash) ?? {}
    if (name !== undefined) known.name = name
    if (size !== undefined) known.size = size
    if (this.names.size < REMEMBERED_MAX || this.names.has(hash)) this.names.set(hash, known)
  }

  /** Files with names: a shared-file list, or search results. */
  files(by: Side, files: readonly FileEntry[], via: string): void {
    for (const file of files.slice(0, limits.listedMax)) {
      this.share(by, file.hash, via, tagText(file.tags, TAG.name), sizeOf(file.tags))
    }
  }

  /** Who offers the found files, where the result says so: a HighID with its port. */
  offerers(by: Side, files: readonly FileEntry[], via: string): void {
    for (const file of files.slice(0, limits.listedMax)) {
      const ip = addressOfId(file.id)
      // fb fb fb fb and fc fc fc fc in place of the id mean "complete" and "incomplete".
      if (ip === undefined || file.id === 0xfbfbfbfb || file.id === 0xfcfcfcfc) continue
      this.claim(by, { ip, port: file.port }, 'peer', 'tcp', via, { content: urnOf(file.hash) })
    }
  }

  fault(wire: string, fault: string, side: Side, at: number, resumes = true): void {
    this.out.say({ type: 'fault', wire, fault, side, at, resumes })
  }
}
