/** Strings: length u16be, then as many bytes. */
import { type ByteWriter, bytesOf, u16be, u32be } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'

/** Reads fields one after the other; once something is missing, `ok` is false and all reads give zeros. */
export class FieldReader {
  ok = true
  #at: number
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  get at(): number {
    return this.#at
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  #take(size: number): number {
    if (!this.ok || size > this.left) {
      this.ok = false
      return -1
    }
    this.#at += size
    return this.#at - size
  }

  u8(): number {
    const at = this.#take(1)
    return at < 0 ? 0 : this.#bytes[at]!
  }

  u16(): number {
    const at = this.#take(2)
    return at < 0 ? 0 : u16be(this.#bytes, at)
  }

  u32(): number {
    const at = this.#take(4)
    return at < 0 ? 0 : u32be(this.#bytes, at)
  }

  bytes(size: number): Uint8Array {
    const at = this.#take(size)
    return at < 0 ? NONE : this.#bytes.subarray(at, at + size)
  }

  /** One character per byte. */
  string(): string {
    return latin1(this.bytes(this.u16()))
  }

  rest(): Uint8Array {
    return this.bytes(this.left)
  }
}

const NONE = new Uint8Array(0)

export function putString(writer: ByteWriter, value: string): ByteWriter {
  return writer.u16be(value.length).bytes(bytesOf(value))
}
