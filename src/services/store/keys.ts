/**
 * Long texts as numbers, so that ten million of them are compared as such.
 *
 * An IPv4 address is its own number, below 2^32. An IPv6 address is the first eight bytes of its
 * SHA-1 with the top bit set; so is a content's URN. Among a million of them the chance that any
 * two meet is about one in ten million.
 */
import { hash } from 'node:crypto'
import { ip4OfNumber, parseIp4, parseIp6 } from '../../core/address.ts'
import { u32be, u64beBig } from '../../core/bytes.ts'

const TOP = 2n ** 63n
const V4_END = 2n ** 32n

export function textKey(text: string | Uint8Array): bigint {
  return u64beBig(hash('sha1', text, 'buffer'), 0) | TOP
}

/** Undefined where the text is no address. */
export function addressKey(ip: string): bigint | undefined {
  const four = parseIp4(ip)
  if (four !== undefined) return BigInt(u32be(four, 0))
  const six = parseIp6(ip)
  return six === undefined ? undefined : textKey(six)
}

/** The address, where the key holds all of it. */
export function addressOfKey(key: bigint): string | undefined {
  return key < V4_END ? ip4OfNumber(Number(key)) : undefined
}

/** Of a flow: run and number in one. */
export function flowKey(run: number, flow: number): number {
  return run * 2 ** 32 + flow
}

/** `RUN.FLOW` */
export function flowId(key: number): string {
  return `${Math.floor(key / 2 ** 32)}.${key % 2 ** 32}`
}

export function parseFlowId(id: string): number | undefined {
  const match = /^(\d{1,6})\.(\d{1,10})$/.exec(id)
  if (match === null) return undefined
  const flow = Number(match[2])
  return flow < 2 ** 32 ? flowKey(Number(match[1]), flow) : undefined
}

/** The last so many keys, so that a text is not written each time it is met. */
export class Recent<Value> {
  readonly #max: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  constructor(max: number) {
    this.#max = max
  }

  get(text: string): Value | undefined {
    const young = this.#young.get(text)
    if (young !== undefined) return young
    const old = this.#old.get(text)
    if (old !== undefined) this.set(text, old)
    return old
  }

  /** Two halves: when the young one is full the old one is let go, all at once. */
  set(text: string, value: Value): void {
    if (this.#young.size >= this.#max / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(text, value)
  }
}
