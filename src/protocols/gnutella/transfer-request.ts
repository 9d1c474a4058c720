/** What a request over HTTP is for, and which file it or its answer is about. */
import { leavesFolder } from '../formats/file-path.ts'
import {
  type HttpHead,
  header,
  headersOf,
  percentDecoded,
  requestLine,
  statusLine,
  targetParts,
  textOf,
  wholeSize,
} from '../formats/http-head.ts'
import { parseUrn, type Urns } from '../formats/urn.ts'
import { cacheRequest } from './wire/gwebcache.ts'

export type Purpose =
  | 'download'
  | 'tree'
  | 'push-proxy'
  | 'browse'
  | 'giv'
  | 'push'
  | 'cache'
  | 'other'

const BROWSE_TYPES = ['application/x-gnutella-packets', 'application/x-gnutella2']

export function asksToBrowse(head: HttpHead): boolean {
  return BROWSE_TYPES.some((type) =>
    headersOf(head, 'accept').some((value) =>
      value.split(',').some((item) => item.split(';')[0]!.trim().toLowerCase() === type),
    ),
  )
}

/** `http://server/path`, as a proxy is asked → `/path`. */
export function originForm(target: string): string {
  return target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '')
}

/** @param cache  whether the flow is one with a GWebCache, whatever it is asked */
export function purposeOf(head: HttpHead, cache: boolean): Purpose {
  const request = requestLine(head)
  if (request === undefined) return 'other'
  const { method } = request
  const target = originForm(request.target)
  if (method === 'GIV') return 'giv'
  if (method === 'PUSH') return 'push'
  const path = target.split('?')[0]!
  if (/^\/(?:gnutella|gnet)\/push-?_?proxy/i.test(path)) return 'push-proxy'
  if (/^\/uri-res\/N2X$/i.test(path) || /^\/gnutella\/(?:thex|tigertree)/i.test(path)) return 'tree'
  if (/^\/uri-res\//i.test(path) || /^\/get\/\d+\//i.test(path)) return 'download'
  if (asksToBrowse(head)) return 'browse'
  if (cache || cacheRequest(target) !== undefined) return 'cache'
  return header(head, 'x-gnutella-content-urn') === undefined ? 'other' : 'download'
}

/** The file that a head is about. */
export interface Subject {
  readonly content?: string
  readonly also: readonly string[]
  readonly name?: string
  /** Of the whole file. */
  readonly size?: number
}

/** @param asked  the request's head, where `head` is a response */
export function subjectOf(head: HttpHead, asked?: HttpHead): Subject {
  const urns = [...urnsInHeaders(head), ...(asked === undefined ? [] : urnsInHeaders(asked))]
  for (const one of [head, asked]) {
    const target = one === undefined ? undefined : requestLine(one)?.target
    const urn = target === undefined ? undefined : urnInTarget(target)
    if (urn !== undefined) urns.push(urn)
  }
  const content = urns.find(({ urn }) => urn.startsWith('urn:sha1:'))?.urn ?? urns[0]?.urn
  const also = [...new Set(urns.flatMap(({ urn, also: more }) => [urn, ...more]))]
  const name = nameInHead(head) ?? (asked === undefined ? undefined : nameInHead(asked))
  const size = statusLine(head) === undefined ? undefined : wholeSize(head)
  return {
    ...(content !== undefined && { content }),
    also: also.filter((urn) => urn !== content),
    ...(name !== undefined && { name }),
    ...(size !== undefined && { size }),
  }
}

function urnsInHeaders(head: HttpHead): Urns[] {
  const values = [
    ...headersOf(head, 'x-gnutella-content-urn'),
    ...headersOf(head, 'x-content-urn'),
    ...headersOf(head, 'content-urn'),
  ]
  const urns = values.flatMap((value) => value.split(',').flatMap((item) => parseUrn(item) ?? []))
  const tree = /;([A-Z2-7]{39})\s*$/i.exec(header(head, 'x-thex-uri') ?? '')
  const tiger = tree === null ? undefined : parseUrn(`urn:tree:tiger:${tree[1]}`)
  return tiger === undefined ? urns : [...urns, tiger]
}

/** `/uri-res/N2R?urn:sha1:…`, `/gnutella/thex/v1?urn:tree:tiger/:…&depth=9` */
export function urnInTarget(target: string): Urns | undefined {
  const { path, query } = targetParts(target)
  if (!/^\/(?:uri-res|gnutella)\//i.test(path)) return undefined
  return parseUrn(percentDecoded(query).split(/[&;\s]/)[0]!)
}

/** `/get/17/a%20b.mp3`; Gnutella 0.4 section 4 writes a slash behind the name. */
function nameInTarget(target: string): string | undefined {
  const match = /^\/get\/\d+\/([^?]+?)\/?(?:\?|$)/i.exec(target)
  return match === null ? undefined : textOf(percentDecoded(match[1]!))
}

function nameInHead(head: HttpHead): string | undefined {
  const disposition = header(head, 'content-disposition')
  // RFC 6266, and with quotes around the whole extended value, as gtk-gnutella writes it.
  const extended = /filename\*="?[\w-]+'[\w-]*'([^";]+)/i.exec(disposition ?? '')
  if (extended !== null) return textOf(percentDecoded(extended[1]!))
  const plain = /filename="([^"]+)"|filename=([^;\s]+)/i.exec(disposition ?? '')
  if (plain !== null) return textOf(percentDecoded(plain[1] ?? plain[2]!))
  return nameInTarget(requestLine(head)?.target ?? '')
}

/**
 * Whether a path would leave the shared folder once decoded.
 * BearShare served such paths (`/get/1/..%5c..%5cwindows%5cwin.ini`).
 */
export function isPathTraversal(target: string): boolean {
  const { path } = targetParts(target)
  if (!/^\/get\//i.test(path)) return false
  return leavesFolder(path.replace(/^\/get\/\d*\/?/i, ''))
}
