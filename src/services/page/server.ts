/** The page's server: every path, and what an error is answered with. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ReadableStream } from 'node:stream/web'
import { createAdaptorServer } from '@hono/node-server'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { limits } from '../../core/limits.ts'
import type { Propagation } from '../../core/store.ts'
import { failure, knownHost, ownOrigin, securityHeaders, tokenNeeded } from './access.ts'
import { type Answers, answers } from './answers.ts'
import { type Api, PATHS } from './api.ts'
import { flowsCsv, flowsEve, flowsNdjson, peersCsv, whole } from './exports.ts'
import { Busy, Gate, TooLarge } from './gate.ts'
import { METRICS_TYPE, metricsText } from './metrics.ts'
import type { PageParts } from './parts.ts'
import {
  askedCapture,
  askedFlows,
  askedPackets,
  askedPeers,
  QUESTIONS,
  QuestionError,
} from './questions.ts'
import { staticFile } from './static.ts'
import { Watchers } from './watchers.ts'
import { incidentsCsv, propagationCsv, propagationGraphml } from './ways-export.ts'

export { Busy, TooLarge } from './gate.ts'
export type { Metric } from './metrics.ts'
export type { Captures, Packets, PageParts, WallPart } from './parts.ts'

/** Questions that the store works on, and exports that are written; others wait. */
const ASKED_AT_ONCE = 8
const EXPORTS_AT_ONCE = 4
/** Connections at once: each page holds one for what it watches. */
const CONNECTIONS_MAX = 4096
/** How long the head of a request, and a whole request with a capture, may take. */
const HEAD_MS = 10_000
const REQUEST_MS = 3_600_000
/** A connection on which nothing moves; watchers are told something more often. */
const IDLE_MS = 120_000

export interface PageServer {
  /** Where it listens. */
  readonly address: { readonly host: string; readonly port: number }
  /** Pages that watch. */
  readonly watchers: number
  close(): Promise<void>
}

/** @throws the world's error, where the address is taken or not ours */
export async function servePage(
  parts: PageParts,
  listen: { readonly host: string; readonly port: number },
): Promise<PageServer> {
  const watchers = new Watchers(parts.status)
  const app = pageApp(parts, watchers)
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { headersTimeout: HEAD_MS, requestTimeout: REQUEST_MS },
  }) as Server
  server.maxConnections = CONNECTIONS_MAX
  server.timeout = IDLE_MS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen.port, listen.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { address, port } = server.address() as AddressInfo
  return {
    address: { host: address, port },
    get watchers() {
      return watchers.count
    },
    async close() {
      watchers.close()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Without a socket: what tests ask directly. */
export function pageApp(parts: PageParts, watchers: Watchers = new Watchers(parts.status)): Hono {
  const app = new Hono()
  app.use(securityHeaders(), knownHost(parts.hostNames ?? []), ownOrigin())
  if (parts.token !== undefined) app.use(tokenNeeded(parts.token))
  app.use('/api/*', noHeads)
  questions(app, parts)
  exportsOf(app, parts)
  app.get(PATHS.events, (context) => {
    const stream = watchers.open(context.req.header('last-event-id'))
    context.header('Content-Type', 'text/event-stream')
    context.header('Cache-Control', 'no-store')
    context.header('X-Accel-Buffering', 'no')
    return context.body(stream as globalThis.ReadableStream)
  })
  app.post(PATHS.captures, (context) => takeCapture(context, parts))
  app.post(PATHS.wallPreview, (context) => previewOf(context, parts))
  health(app, parts)
  app.get('*', async (context) => {
    const ifNoneMatch = context.req.header('if-none-match')
    const file = await staticFile(parts.client, context.req.path, ifNoneMatch)
    return file ?? failure(context, 404, 'there is nothing here')
  })
  app.notFound((context) => failure(context, 404, 'there is nothing here'))
  app.onError((error, context) => failed(error, context, parts))
  return app
}

/** An answer that nobody reads would hold its place for ever: exports and watchers have few. */
const noHeads: MiddlewareHandler = async (context, next) =>
  context.req.method === 'HEAD' ? failure(context, 405, 'ask with GET') : next()

function questions(app: Hono, parts: PageParts): void {
  const gate = new Gate(ASKED_AT_ONCE, limits.pageQuestionsMax)
  const table = answers(parts)
  for (const name of Object.keys(QUESTIONS) as (keyof Api)[]) {
    app.get(`/api/${name}`, async (context) => {
      const answer = await gate.pass(() => answered(table, name, paramsOf(context)))
      if (answer === undefined) return failure(context, 404, NOT_FOUND[name] ?? 'it is not known')
      context.header('Cache-Control', 'no-store')
      return context.json(answer)
    })
  }
}

function answered<Name extends keyof Api>(
  table: Answers,
  name: Name,
  given: URLSearchParams,
): Promise<Api[Name][1] | undefined> {
  return table[name](QUESTIONS[name](given))
}

const NOT_FOUND: { readonly [Name in keyof Api]?: string } = {
  host: 'nothing is known of this host in what was read',
  flow: 'there is no such flow in what was read',
  bytes: 'the packets of this flow are not at hand',
  swarm: 'nothing is known of this content',
  detect: 'no dark network was named',
  map: 'no network of IPv4 with 65,536 cells at most',
  places: 'no dark network of IPv6 was named',
  propagation: 'neither an address nor a content',
}

function paramsOf(context: Context): URLSearchParams {
  return new URL(context.req.url).searchParams
}

function exportsOf(app: Hono, parts: PageParts): void {
  const { reader } = parts
  const gate = new Gate(EXPORTS_AT_ONCE, limits.pageQuestionsMax)
  const file = (
    path: string,
    type: string,
    open: (given: URLSearchParams) => AsyncIterable<Uint8Array>,
  ) => {
    app.get(path, async (context) => {
      const pieces = open(paramsOf(context))
      const name = `peerscope-${path.slice(path.lastIndexOf('/') + 1)}`
      context.header('Content-Type', type)
      context.header('Content-Disposition', `attachment; filename="${name}"`)
      context.header('Cache-Control', 'no-store')
      return context.body((await opened(gate, pieces)) as globalThis.ReadableStream)
    })
  }
  file(PATHS.flowsCsv, 'text/csv; charset=utf-8', (given) => flowsCsv(reader, askedFlows(given)))
  file(PATHS.flowsJson, 'application/x-ndjson', (given) => flowsNdjson(reader, askedFlows(given)))
  file(PATHS.flowsEve, 'application/x-ndjson', (given) =>
    flowsEve(reader, askedFlows(given), parts.eve),
  )
  file(PATHS.peersCsv, 'text/csv; charset=utf-8', (given) =>
    peersCsv(reader, askedPeers(given).content),
  )
  file(PATHS.incidentsCsv, 'text/csv; charset=utf-8', (given) => {
    const question = { ...QUESTIONS.incidents(given), limit: limits.pageRowsMax }
    return whole(reader.incidents(question).then(({ rows }) => incidentsCsv(rows)))
  })
  const ways = (given: URLSearchParams, text: (ways: Propagation) => string) =>
    whole(reader.propagation(QUESTIONS.propagation(given)).then((one) => text(one ?? NO_WAYS)))
  file(PATHS.propagationCsv, 'text/csv; charset=utf-8', (given) => ways(given, propagationCsv))
  file(PATHS.propagationGraphml, 'application/graphml+xml', (given) =>
    ways(given, propagationGraphml),
  )
  const { packets, dark } = parts
  if (dark !== undefined) {
    file(PATHS.bugReport, 'text/markdown; charset=utf-8', () =>
      whole(Promise.resolve(dark.bugReport())),
    )
  }
  if (packets !== undefined) {
    file(PATHS.packets, 'application/vnd.tcpdump.pcap', (given) =>
      packets.capture(askedPackets(given)),
    )
  }
}

const NO_WAYS: Propagation = {
  ...{ of: '', nodes: [], edges: [], tellings: 0, calls: 0, announced: 0, cut: false },
}

/** The first piece is waited for, so that what cannot be written is told and not cut short. */
async function opened(
  gate: Gate,
  pieces: AsyncIterable<Uint8Array>,
): Promise<ReadableStream<Uint8Array>> {
  const leave = await gate.enter()
  const iterator = pieces[Symbol.asyncIterator]()
  let next: Promise<IteratorResult<Uint8Array>> = iterator.next()
  await next.catch((error: unknown) => {
    leave()
    throw error
  })
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await next
        if (done) {
          leave()
          controller.close()
        } else {
          controller.enqueue(value)
          next = iterator.next()
          // It is looked at when it is asked for.
          next.catch(() => undefined)
        }
      } catch (error) {
        leave()
        throw error
      }
    },
    async cancel() {
      leave()
      await iterator.return?.()
    },
  })
}

async function takeCapture(context: Context, { captures }: PageParts): Promise<Response> {
  if (captures === undefined) return failure(context, 404, 'captures are not taken here')
  const { name } = askedCapture(paramsOf(context))
  const size = Number(context.req.header('content-length') ?? 0)
  if (size > captures.bytesMax) return failure(context, 413, `more than ${captures.bytesMax} bytes`)
  const { body } = context.req.raw
  if (body === null) return failure(context, 400, 'there is no capture in the request')
  return context.json(await captures.take(name, body as ReadableStream<Uint8Array>), 202)
}

/** A policy is some pages long; names and addresses belong into lists. */
const POLICY_BYTES_MAX = 262_144

async function previewOf(context: Context, { wall }: PageParts): Promise<Response> {
  if (wall === undefined) return failure(context, 404, 'no wall runs here')
  const { body } = context.req.raw
  if (body === null) return failure(context, 400, 'there is no policy in the request')
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of body as ReadableStream<Uint8Array>) {
    size += piece.length
    if (size > POLICY_BYTES_MAX) throw new TooLarge(`more than ${POLICY_BYTES_MAX} bytes`)
    pieces.push(piece)
  }
  context.header('Cache-Control', 'no-store')
  return context.json(wall.preview(Buffer.concat(pieces).toString('utf8')))
}

function health(app: Hono, parts: PageParts): void {
  app.get('/metrics', async (context) => {
    context.header('Content-Type', METRICS_TYPE)
    return context.body(metricsText(await parts.metrics()))
  })
  app.get('/healthz', (context) => context.text('ok\n'))
  app.get('/readyz', (context) =>
    parts.isReady() ? context.text('ready\n') : context.text('not ready\n', 503),
  )
}

function failed(error: Error, context: Context, parts: PageParts): Response {
  if (error instanceof QuestionError) return failure(context, 400, error.message, error.at)
  if (error instanceof TooLarge) return failure(context, 413, error.message)
  if (error instanceof Busy) {
    context.header('Retry-After', '2')
    return failure(context, 503, error.message)
  }
  if (!parts.isReady()) return failure(context, 503, 'the store cannot be asked now')
  parts.onError(error, context.req.path)
  return failure(context, 500, 'something went wrong here; the log says more')
}
