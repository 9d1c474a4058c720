/**
 * Keys of Freenet, as people pass them on: what content is called, and what opens it.
 *
 *   CHK@<43>,<43>,<7>              0.7: hash, key of the cipher, kind; base64 with ~ and -
 *   SSK@<43>,<43>,<7>/name         a name in somebody's subspace; USK: /name/edition
 *   CHK@<31>,<22>                  0.4, 0.5 (SSK too)
 *   KSK@word
 *
 * Source: hyphanet/fred src/freenet/keys/FreenetURI.java; hyphanet/legacy src/freenet/client/FreenetURI.java.
 */
import { percentDecoded } from '../formats/http-head.ts'

const NEW = /^(CHK|SSK|USK)@[A-Za-z0-9~-]{43},[A-Za-z0-9~-]{43},[A-Za-z0-9~-]{7}(?![A-Za-z0-9~-])/
const OLD = /^(CHK|SSK)@[A-Za-z0-9~-]{27,44}(?:,[A-Za-z0-9~-]{22})?(?![A-Za-z0-9~,-])/
const WORD = /^KSK@[^/?#\s]{1,200}/
/** Parts of a path behind the key that belong to what the key names. */
const PARTS: Readonly<Record<string, number>> = { CHK: 0, SSK: 1, USK: 2 }

export interface Key {
  /** Of the form that only 0.7 has, of that of 0.5, or a word. */
  readonly form: 'new' | 'old' | 'word'
  /** Without file names and queries. */
  readonly text: string
  readonly urn: string
}

/** The key that a text begins with, with or without `freenet:`, or undefined. */
export function keyIn(text: string): Key | undefined {
  const bare = percentDecoded(text.replace(/^\/?(?:freenet:)?\/?/, ''))
  for (const [form, pattern] of [
    ['new', NEW],
    ['old', OLD],
    ['word', WORD],
  ] as const) {
    const match = pattern.exec(bare)
    if (match === null) continue
    const parts = bare
      .slice(match[0].length)
      .split(/[?#\s]/)[0]!
      .split('/')
      .slice(1)
    const named = parts.slice(0, PARTS[match[1] ?? ''] ?? 0).filter((part) => part !== '')
    const key = [match[0], ...named].join('/').slice(0, 512)
    return { form, text: key, urn: `urn:x-peerscope:freenet:${key}` }
  }
  return undefined
}

/** The last part of a path behind the key: a file's name, or empty. */
export function fileNameIn(text: string): string {
  const path = percentDecoded(text).split(/[?#]/)[0]!
  const at = path.lastIndexOf('/')
  const last = path.slice(at + 1)
  return at < 1 || /@/.test(last) || /^-?\d+$/.test(last) ? '' : last.slice(0, 255)
}
