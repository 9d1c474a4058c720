/**
 * Keywords of Kad: MD4 (RFC 1320) of a word in lower case and UTF-8. A hash cannot be turned back,
 * but the words of a file's name can be tried.
 * Source: eMule kademlia/kademlia/SearchManager.cpp (`GetWords`, `KadGetKeywordHash`).
 */
import { hex } from '../../core/bytes.ts'
import { md4 } from '../../core/md4.ts'

/** Words shorter than this many bytes are not keywords. */
const WORD_BYTES_MIN = 3
/** Names are at most a few hundred characters; more words are not tried. */
const WORDS_MAX = 32
const SEPARATORS = /[ ()[\]{}<>,._\-!?:;\\/"]+/

/** Hash → word, of the words that a name would be found by. */
export function keywordsIn(name: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const word of name.split(SEPARATORS).slice(0, WORDS_MAX)) {
    const lower = word.toLowerCase()
    const bytes = new TextEncoder().encode(lower)
    if (bytes.length >= WORD_BYTES_MIN) found.set(hex(md4(bytes)), lower)
  }
  return found
}
