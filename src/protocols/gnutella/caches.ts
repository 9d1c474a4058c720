/** What GWebCaches are asked and what they answer. */
import { endpointText } from '../../core/address.ts'
import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { type HttpHead, header, type RequestLine, textOf } from '../formats/http-head.ts'
import type { HttpBody, HttpMessage } from '../formats/http-stream.ts'
import { headerFields } from './heads.ts'
import { softwareOfVendor } from './software.ts'
import { type Part, type Teller, texts } from './teller.ts'
import {
  type CacheRequest,
  cacheRequest,
  hostsOf,
  isCacheAnswer,
  parseCacheAnswer,
} from './wire/gwebcache.ts'

/** A cache of Gnutella2 names hubs; one without `net` is of the first version, and of Gnutella. */
function partOf(request: CacheRequest | undefined): Part {
  return request?.net === 'gnutella2' ? 'g2' : 'node'
}

export function tellCacheRequest(
  teller: Teller,
  side: Side,
  head: HttpHead,
  { method, target }: RequestLine,
): void {
  const asked = cacheRequest(target)
  const host = header(head, 'host')
  teller.log(side, 'gwebcache', 'cache-request', {
    http: { method, target: textOf(target), headers: headerFields(head) },
    gwebcache: {
      ...(host !== undefined && { host: textOf(host) }),
      asks: asked === undefined ? [] : [...asked.asks],
      ...(asked?.net !== undefined && { net: asked.net }),
      ...(asked !== undefined && { client: asked.client, version: asked.version }),
      ...(asked?.ip !== undefined && { ip: endpointText(asked.ip) }),
      ...(asked?.url !== undefined && { url: textOf(asked.url) }),
      ...(asked?.leaves !== undefined && { leaves: asked.leaves }),
    },
  })
  const by = teller.who(side)
  if (asked !== undefined) {
    const software = softwareOfVendor(asked.client)
    teller.client({
      who: by,
      ...(software !== undefined && { software }),
      ...(asked.version !== '' && { version: asked.version }),
    })
    if (asked.ip !== undefined)
      teller.claim(side, asked.ip, 'gwebcache-update', { part: partOf(asked) })
  }
  teller.out.say({ type: 'request', by, of: teller.who(other(side)), what: 'gwebcache' })
}

export function tellCacheAnswer(teller: Teller, message: HttpMessage, body: HttpBody): void {
  const outcome = parseCacheAnswer(body.bytes, 0)
  if (outcome.kind !== 'message' || !isCacheAnswer(outcome.message)) return
  const { lines } = outcome.message
  const target = message.asked?.request?.target
  const part = partOf(target === undefined ? undefined : cacheRequest(target))
  const hosts = hostsOf(outcome.message)
  const urls = lines.flatMap((line) => (line.type === 'url' ? [textOf(line.url)] : []))
  const info = lines.flatMap((line) => (line.type === 'info' ? [textOf(line.text)] : []))
  teller.log(message.side, 'gwebcache', 'cache-answer', {
    gwebcache: { hosts: texts(hosts), urls, info },
  })
  teller.claims(message.side, hosts, 'gwebcache', { part })
}
