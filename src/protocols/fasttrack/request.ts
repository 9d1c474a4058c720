/** What a request over HTTP is for, and which file it names. Source: giFT-FastTrack PROTOCOL. */
import { percentDecoded, textOf } from '../formats/http-head.ts'

export type Purpose = 'download' | 'files' | 'list' | 'special' | 'other'

export interface Asked {
  readonly purpose: Purpose
  /** urn:kzhash: of the file. */
  readonly content?: string
  /** Of a file asked for by name: the 14-bit checksum of its hash. */
  readonly checksum?: number
  readonly name?: string
}

const HASH = /^\/\.hash=([0-9a-f]{40})(?:$|[?&])/i
const NAMED = /^\/(\d{1,10})\/(.+)$/s

export function askedFor(target: string): Asked {
  const hash = HASH.exec(target)
  if (hash !== null) return { purpose: 'download', content: `urn:kzhash:${hash[1]!.toLowerCase()}` }
  const named = NAMED.exec(target)
  if (named !== null) {
    const name = textOf(percentDecoded(named[2]!))
    return { purpose: 'download', checksum: Number(named[1]), name }
  }
  if (/^\/\.files(?:$|[/?])/.test(target)) return { purpose: 'files' }
  if (/^\/\.(?:download\/|supernode|status|network)/.test(target)) return { purpose: 'special' }
  return { purpose: target === '/' ? 'list' : 'other' }
}
