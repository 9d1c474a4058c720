/** One connection: who speaks to whom is told by the key blocks; what follows is enciphered. */
import { hasAt } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { OLD } from './recognise.ts'
import { cacheWire, LIST_BYTES } from './wire/cache.ts'
import { BLOCK, keyBlockWire, ROLES } from './wire/key-block.ts'

const HAIL = 0x31

class WinmxSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #out: Out
  readonly #isCache: boolean
  /** What each side is to say next. */
  readonly #next: ['hail' | 'block' | 'secret', 'hail' | 'block' | 'secret'] = ['hail', 'hail']
  readonly #at: [number, number] = [0, 0]
  readonly #secretBytes: [number, number] = [0, 0]

  constructor(flow: FlowFacts, out: Out) {
    this.#out = out
    this.#isCache = flow.part === 'cache'
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.need = 0
    const used = this.#isCache ? this.#cache(from, bytes) : this.#link(from, bytes)
    if (used !== REST) this.#at[from] += used
    return used
  }

  /** The list is all that a cache says; what is said to it, if anything, is not known. */
  #cache(from: Side, bytes: Uint8Array): number {
    if (from === 0 || this.#at[1] > 0) return REST
    if (bytes.length < LIST_BYTES) {
      this.need = LIST_BYTES
      return 0
    }
    const outcome = cacheWire.parse(bytes, 0)
    this.messages++
    if (outcome.kind === 'malformed') this.#fault(from, cacheWire.name, outcome.fault, outcome.at)
    this.#log(from, 'node-list', { bytes: LIST_BYTES })
    return LIST_BYTES
  }

  #link(from: Side, bytes: Uint8Array): number {
    if (this.#next[from] === 'secret') {
      this.#secretBytes[from] += bytes.length
      return bytes.length
    }
    if (this.#next[from] === 'block') return this.#block(from, bytes)
    // The listener hails. Before 3.x the caller did, and said more.
    if (from === 0 && bytes.length < OLD.length) {
      this.need = OLD.length
      return 0
    }
    this.#next[from] = 'block'
    if (from === 0) return hasAt(bytes, 0, OLD) ? this.#old() : this.#block(from, bytes)
    if (bytes[0] !== HAIL) return this.#block(from, bytes)
    this.messages++
    return 1
  }

  #old(): number {
    this.messages++
    this.#log(0, 'old-hail', {})
    this.#next[0] = 'secret'
    this.#next[1] = 'secret'
    return OLD.length
  }

  #block(from: Side, bytes: Uint8Array): number {
    if (bytes.length < BLOCK) {
      this.need = BLOCK
      return 0
    }
    const outcome = keyBlockWire.parse(bytes, 0)
    this.#next[from] = 'secret'
    if (outcome.kind === 'message') {
      this.messages++
      this.#log(from, 'key-block', { role: ROLES[outcome.message.id]! })
    } else if (outcome.kind === 'malformed') {
      this.#fault(from, keyBlockWire.name, outcome.fault, outcome.at)
    }
    return BLOCK
  }

  #log(side: Side, name: string, fields: { readonly [key: string]: Json }): void {
    const all = { type: name, ...fields }
    this.#out.say({ type: 'message', log: 'winmx', name, side, fields: all })
  }

  #fault(side: Side, wire: string, fault: string, at: number): void {
    this.#out.say({ type: 'fault', wire, fault, side, at: this.#at[side] + at, resumes: false })
  }

  /** Nothing behind the blocks is read, so nothing is lost; a block that is not whole is. */
  gap(from: Side, missing: number, _at: Moment): void {
    this.#at[from] += missing
    if (!this.#isCache) this.#next[from] = 'secret'
    else if (from === 1) this.lost = true
  }

  end(_at: Moment): void {
    for (const side of [0, 1] as const) {
      const bytes = this.#secretBytes[side]
      if (bytes > 0) this.#log(side, 'enciphered', { bytes })
    }
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new WinmxSession(flow, out)
}
