/**
 * Text out of untrusted bytes: decoded late and lossily, here and nowhere else.
 */
import { HEX_ESCAPES } from './text-escapes.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Decode bytes that a peer claims to be text: UTF-8 where it is valid, else latin-1, so that
 * nothing is lost and nothing throws. Control and bidirectional characters are kept; `shown` hides
 * them when a person is to read the text.
 */
export function text(bytes: Uint8Array, at = 0, size = bytes.length - at): string {
  const view = bytes.subarray(at, at + size)
  let ascii = true
  for (let i = 0; i < view.length; i++) {
    if (view[i]! > 0x7f) {
      ascii = false
      break
    }
  }
  if (ascii || !isUtf8(view)) return latin1(view)
  return utf8.decode(view)
}

function isUtf8(view: Uint8Array): boolean {
  try {
    utf8.decode(view)
    return true
  } catch {
    return false
  }
}

/** One character per byte. */
export function latin1(bytes: Uint8Array, at = 0, size = bytes.length - at): string {
  const end = Math.min(bytes.length, at + size)
  if (end <= at) return ''
  // Node's own conversion is a copy in C++; building the text in JavaScript costs ten times more.
  return Buffer.prototype.latin1Slice.call(bytes, at, end)
}

/** A text as a terminal or page may show it: control, bidi and zero-width characters escaped. */
export function shown(value: string): string {
  return value.replace(HEX_ESCAPES, (character) => {
    const code = character.codePointAt(0)!.toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`
  })
}

/** Whether every byte is printable ASCII or white space. */
export function isPrintable(bytes: Uint8Array, at = 0, size = bytes.length - at): boolean {
  const end = Math.min(bytes.length, at + size)
  for (let i = at; i < end; i++) {
    const byte = bytes[i]!
    if ((byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) || byte > 0x7e) return false
  }
  return true
}
