/** The files that a small client shares: found by words or by root, told in lists. */
import { base32 } from '../../core/bytes.ts'
import type { PeerFile } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { TigerTree } from '../../core/tiger.ts'
import { tthUrn } from './content.ts'
import type { Named } from './wire/adc.ts'

const FILES_MAX = 10_000
const FOLDER = 'Shared'
const PIECE_BYTES = 65_536
/** Facts of files that all peers of a process share. */
const KNOWN_MAX = 65_536
/** What a search may ask for by its number: 1 anything, 9 a root; the rest are kinds by ending. */
const ANY = '1'
const ROOT = '9'
const FOLDERS = '8'

// biome-ignore format: a table
const ENDINGS: Readonly<Record<string, RegExp>> = {
  2: /\.(?:mp3|mp2|wav|au|rm|mid|ogg|flac)$/i,
  3: /\.(?:zip|arj|rar|lzh|gz|z|arc|pak|7z)$/i,
  4: /\.(?:doc|txt|wri|pdf|ps|tex|epub)$/i,
  5: /\.(?:pm|exe|bat|com|msi)$/i,
  6: /\.(?:gif|jpg|jpeg|bmp|pcx|png|wmf|psd)$/i,
  7: /\.(?:mpg|mpeg|avi|asf|mov|mkv|mp4|wmv)$/i,
}

export interface SharedFile {
  readonly file: PeerFile
  readonly path: string
  readonly words: string
  /** Tiger root in base32. */
  readonly root: string
}

/** The same files lie at many peers: each is hashed once. Kept only to be quick. */
const known = new Map<string, SharedFile>()

function sharedFile(file: PeerFile): SharedFile {
  const name = `${file.seed} ${file.size} ${file.name}`
  let facts = known.get(name)
  if (facts === undefined) {
    const path = `${FOLDER}\\${file.name.replace(/[|$\\/]/g, '_')}`
    facts = { file, path, words: path.toLowerCase(), root: rootOf(file) }
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(name, facts)
  }
  return facts
}

function rootOf(file: PeerFile): string {
  const tree = new TigerTree()
  for (let at = 0; at < file.size; at += PIECE_BYTES) tree.update(fileBytes(file, at, PIECE_BYTES))
  return base32(tree.root())
}

export class Shares {
  readonly #files: SharedFile[] = []

  /** @returns its content name, or undefined where there are too many */
  add(file: PeerFile): string | undefined {
    if (this.#files.length >= FILES_MAX) return undefined
    const facts = sharedFile(file)
    if (!this.#files.includes(facts)) this.#files.push(facts)
    return tthUrn(facts.root)
  }

  get count(): number {
    return this.#files.length
  }

  get bytes(): number {
    return this.#files.reduce((sum, { file }) => sum + file.size, 0)
  }

  byRoot(root: string): SharedFile | undefined {
    return this.#files.find((each) => each.root === root)
  }

  /** `F?T?0?1?words$joined`: limited?, at most?, bytes, kind, what. */
  find(asked: string, most: number): SharedFile[] {
    const match = /^([TF])\?([TF])\?(\d{1,15})\?([1-9])\?([\s\S]+)$/.exec(asked)
    if (match === null) return []
    const [, limited, isMost, size, kind, pattern] = match as unknown as string[]
    const found: SharedFile[] = []
    const root = pattern!.replace(/^TTH:/, '')
    const words = pattern!
      .toLowerCase()
      .split('$')
      .filter((word) => word !== '')
    for (const each of kind === FOLDERS ? [] : this.#files) {
      if (found.length >= most) break
      const isNamed =
        kind === ROOT ? each.root === root : words.every((word) => each.words.includes(word))
      const isKind = kind === ANY || kind === ROOT || ENDINGS[kind!]!.test(each.path)
      const isLarge = each.file.size >= Number(size)
      const isSized =
        limited === 'F' || each.file.size === Number(size) || isLarge === (isMost === 'F')
      if (isNamed && isKind && isSized) found.push(each)
    }
    return found
  }

  /** By ADC's names: AN and NO words, EX endings, LE, GE, EQ bytes, TR a root, TY 2 folders. */
  named(asked: Named, most: number): SharedFile[] {
    const all = (name: string): string[] =>
      (asked.get(name) ?? []).map((each) => each.toLowerCase())
    const sizes = (name: string): number[] => all(name).map(Number)
    const root = asked.get('TR')?.[0]
    const [words, not, endings] = [all('AN'), all('NO'), all('EX')]
    if (asked.get('TY')?.[0] === '2' || (root === undefined && words.length === 0)) return []
    const fits = ({ file, ...each }: SharedFile): boolean =>
      (root === undefined || each.root === root) &&
      words.every((word) => each.words.includes(word)) &&
      !not.some((word) => each.words.includes(word)) &&
      (endings.length === 0 || endings.some((ending) => each.words.endsWith(`.${ending}`))) &&
      sizes('LE').every((size) => file.size <= size) &&
      sizes('GE').every((size) => file.size >= size) &&
      sizes('EQ').every((size) => file.size === size)
    return this.#files.filter(fits).slice(0, most)
  }

  /** `files.xml`, with all in one folder. */
  list(nick: string): Uint8Array {
    const files = this.#files.map(({ file, path, root }) => {
      const name = xml(path.slice(FOLDER.length + 1))
      return `<File Name="${name}" Size="${file.size}" TTH="${root}"/>`
    })
    const text = [
      '<?xml version="1.0" encoding="utf-8" standalone="yes"?>',
      `<FileListing Version="1" CID="${xml(nick)}" Base="/" Generator="PeerscopeLab 1.0">`,
      `<Directory Name="${FOLDER}">`,
      ...files,
      '</Directory>',
      '</FileListing>',
      '',
    ].join('\r\n')
    return new TextEncoder().encode(text)
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '"': '&quot;' }

function xml(text: string): string {
  return text.replace(/[&<"]/g, (letter) => ENTITIES[letter]!)
}
