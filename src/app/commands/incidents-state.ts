/**
 * What a search for incidents keeps between two runs over one archive: lines of JSON, gzipped, of which the
 * first names the search and the last says that all are there and how far it came.
 */
import { appendFileSync, createReadStream, existsSync, renameSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip, gzipSync } from 'node:zlib'
import type { Incident } from '../../core/event.ts'
import { shown } from '../../core/text.ts'
import type { SavedContacts } from '../../services/incidents/contacts.ts'
import type { SavedRadiation } from '../../services/incidents/radiation.ts'
import type { SavedPiece } from '../../services/incidents/saved.ts'
import { UsageError } from '../exit-codes.ts'

const VERSION = 1
/** Lines are packed together when they are so long. */
const CHUNK_CHARS = 4_194_304

/** How far a capture was read. */
export interface ReadCapture {
  readonly name: string
  readonly packets: number
  /** Of the last packet that was read. */
  readonly lastMicros: number
  /** There is no more in it. */
  readonly isWhole: boolean
}

/** Where the next run begins. */
export interface Reached {
  readonly captures: readonly ReadCapture[]
  /** Of the first packet of any flow: seconds of the flow table's clock begin with it. */
  readonly firstMicros: number
  /** Of the last packet that was read. */
  readonly cutMicros: number
  /** From here on packets are read again, so that flows which go on are known. */
  readonly againMicros: number
}

export type StateLine =
  | { readonly kind: 'incidents'; readonly piece: SavedPiece }
  | { readonly kind: 'contacts'; readonly contacts: SavedContacts }
  | { readonly kind: 'radiation'; readonly radiation: SavedRadiation }
  | { readonly kind: 'over'; readonly incident: Incident }
  | { readonly kind: 'limit'; readonly limit: string; readonly count: number }

interface Head {
  readonly kind: 'head'
  readonly version: number
  readonly search: string
}

type End = Reached & { readonly kind: 'end' }

/** Written beside the old one, and put in its place when it is whole. */
export class StateWriter {
  readonly #path: string
  readonly #part: string
  #lines: string[] = []
  #chars = 0

  /** @param search  what is looked for: a state is of no use to another search */
  constructor(path: string, search: string) {
    this.#path = path
    this.#part = `${path}.part`
    writeFileSync(this.#part, '')
    this.#line({ kind: 'head', version: VERSION, search })
  }

  line(line: StateLine): void {
    this.#line(line)
  }

  end(reached: Reached): void {
    this.#line({ kind: 'end', ...reached })
    this.#flush()
    renameSync(this.#part, this.#path)
  }

  #line(line: StateLine | Head | End): void {
    const text = JSON.stringify(line)
    this.#lines.push(text)
    this.#chars += text.length
    if (this.#chars >= CHUNK_CHARS) this.#flush()
  }

  #flush(): void {
    appendFileSync(this.#part, gzipSync(`${this.#lines.join('\n')}\n`))
    this.#lines = []
    this.#chars = 0
  }
}

/**
 * @returns undefined where there is no such file yet
 * @throws UsageError where it is no whole state, or one of another search
 */
export async function readState(
  path: string,
  search: string,
  take: (line: StateLine) => void,
): Promise<Reached | undefined> {
  if (!existsSync(path)) return undefined
  const wrong = (why: string) => new UsageError(`--state ${shown(path)}: ${why}`)
  let end: End | undefined
  let isBegun = false
  try {
    const lines = createInterface({ input: createReadStream(path).pipe(createGunzip()) })
    for await (const text of lines) {
      const line = JSON.parse(text) as StateLine | Head | End
      if (line.kind === 'head') {
        if (line.version !== VERSION) throw wrong('of another version of this program')
        if (line.search !== search) throw wrong('of another search: other networks or thresholds')
        isBegun = true
      } else if (!isBegun) throw wrong('is no state of a search for incidents')
      else if (line.kind === 'end') end = line
      else take(line)
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw wrong('is no state of a search for incidents, or damaged')
  }
  if (end === undefined) throw wrong('is not whole')
  return end
}
