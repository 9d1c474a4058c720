/**
 * The two messages that are more than words in order.
 *
 *   200   clauses in any order: FILENAME CONTAINS "words" | FILENAME EXCLUDES "words" | MAX_RESULTS n |
 *         TYPE word | LINESPEED | BITRATE | FREQ | SIZE | DURATION with "AT LEAST" | "AT BEST" | "EQUAL TO"
 *         and a number, quoted or not | WMA-FILE | LOCAL_ONLY | SHOW_QUEUE | SHOW_SOFTWARE
 *   870   "folder" *( "file" md5 size bitrate frequency seconds )
 *
 * Source: mldonkey, docs/slavanap.txt.
 */
import { limits } from '../../core/limits.ts'
import { latin1 } from '../../core/text.ts'
import { decoded } from './content.ts'
import { type Word, wordsOf } from './wire/words.ts'

export interface SearchClauses {
  /** The words that names must hold, as a person would type them; what they must not hold has a minus. */
  readonly text: string
  readonly results?: number
  /** All other clauses, as they were written. */
  readonly filters: readonly string[]
}

const FILTERS_MAX = 32

export function searchOf(bytes: Uint8Array): SearchClauses {
  const words = wordsOf(latin1(bytes))
  const contains: string[] = []
  const filters: string[] = []
  let results: number | undefined
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!.value
    if (word === 'FILENAME' && i + 2 < words.length) {
      const wanted = decoded(words[i + 2]!.value)
      contains.push(words[i + 1]!.value === 'EXCLUDES' ? minus(wanted) : wanted)
      i += 2
    } else if (word === 'MAX_RESULTS' && /^\d{1,9}$/.test(words[i + 1]?.value ?? '')) {
      results = Number(words[i + 1]!.value)
      i += 1
    } else if (word !== '' && filters.length < FILTERS_MAX) {
      const taken = clauseWords(words, i)
      filters.push(decoded(taken.map(({ value }) => value).join(' ')))
      i += taken.length - 1
    }
  }
  const text = contains.filter((part) => part !== '').join(' ')
  return { text, filters, ...(results !== undefined && { results }) }
}

function minus(words: string): string {
  return words
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => `-${word}`)
    .join(' ')
}

/** A clause and what belongs to it: comparisons take two words more, types one. */
function clauseWords(words: readonly Word[], at: number): readonly Word[] {
  const keyword = words[at]!.value
  const count = /^(?:LINESPEED|BITRATE|FREQ|SIZE|DURATION)$/.test(keyword)
    ? 3
    : keyword === 'TYPE'
      ? 2
      : 1
  return words.slice(at, at + count)
}

export interface SharedFile {
  readonly path: string
  readonly md5: string
  readonly size: number
}

const WORDS_PER_FILE = 6

/** The files of a folder, with the folder before each name. */
export function folderFilesOf(bytes: Uint8Array): readonly SharedFile[] {
  const words = wordsOf(latin1(bytes))
  const folder = decoded(words[0]?.value ?? '')
  const files: SharedFile[] = []
  for (let i = 1; i + 2 < words.length; i += WORDS_PER_FILE) {
    const size = words[i + 2]!.value
    if (!/^\d{1,15}$/.test(size) || files.length >= limits.listedMax) break
    const path = joined(folder, decoded(words[i]!.value))
    files.push({ path, md5: words[i + 1]!.value, size: Number(size) })
  }
  return files
}

function joined(folder: string, name: string): string {
  if (folder === '' || /[\\/]$/.test(folder)) return folder + name
  return folder + (folder.includes('/') ? '/' : '\\') + name
}
