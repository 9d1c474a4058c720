/** What files are called: by Tiger tree root where it is told, else by size and name. */
import { fromBase32 } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import { namedUrn, nameOf } from '../formats/file-path.ts'

/** 39 letters of base32 → `urn:tree:tiger:…`, or undefined. */
export function tthUrn(value: string): string | undefined {
  const body = value.trim().toUpperCase()
  const isRoot = body.length === 39 && fromBase32(body) !== undefined
  return isRoot ? `urn:tree:tiger:${body}` : undefined
}

/** A file without a root. */
export function fileUrn(path: string, size: number): string {
  return namedUrn('directconnect', nameOf(path), size)
}

/** Whole numbers that a double holds. */
export function numberOf(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,20}$/.test(value.trim())) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : undefined
}

/** Names of whole file lists. */
export function isFileList(name: string): boolean {
  return /^(?:files\.xml(?:\.bz2)?|MyList\.(?:DcLst|bz2))$/i.test(name)
}

export interface ListedFile {
  readonly name: string
  readonly size: number
  readonly content: string
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)')`, 'i').exec(tag)
  return (match?.[1] ?? match?.[2])?.replace(
    /&(amp|lt|gt|quot|apos);/g,
    (_, entity: string) => ENTITIES[entity]!,
  )
}

/** The `<File Name= Size= TTH=/>` of a file list in XML, up to `limits.listedMax`. */
export function listedFiles(xml: string): { files: ListedFile[]; count: number } {
  const files: ListedFile[] = []
  let count = 0
  for (const [tag] of xml.matchAll(/<File\s[^<>]{1,4096}>/g)) {
    const name = attribute(tag, 'Name')
    const size = numberOf(attribute(tag, 'Size'))
    if (name === undefined || size === undefined) continue
    count++
    if (files.length >= limits.listedMax) continue
    const content = tthUrn(attribute(tag, 'TTH') ?? '') ?? fileUrn(name, size)
    files.push({ name, size, content })
  }
  return { files, count }
}
