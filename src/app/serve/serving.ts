/**
 * A store with a page over it: what `serve`, `live` and `-r --serve` have in common. Captures are
 * read one after the other, while the page answers from what is there.
 */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CrawlerKind } from '../../core/crawler.ts'
import type { Verdict } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { Protocol } from '../../core/protocol.ts'
import type { StoreReader, StoreWriter } from '../../core/store.ts'
import { shown } from '../../core/text.ts'
import { CaptureError } from '../../intake/source/open.ts'
import { protocols } from '../../protocols/index.ts'
import type { Asked, DarkView, FamilyTitle } from '../../services/page/api.ts'
import type { WallPart } from '../../services/page/parts.ts'
import { Busy, type PageServer, servePage } from '../../services/page/server.ts'
import type { Networks } from '../config/networks.ts'
import { StoredPackets } from '../evidence/packets.ts'
import type { Dark } from '../incidents/dark.ts'
import { Investigations, NO_NETWORKS } from '../incidents/investigations.ts'
import type { Logger } from '../logging.ts'
import { packageFile, packageVersion } from '../package-files.ts'
import type { ReadOptions } from '../pipeline.ts'
import { Board } from './board.ts'
import { Counters } from './counters.ts'
import { eveOfStored } from './eve-of-stored.ts'
import type { FeedTo } from './feed.ts'
import { metrics } from './metrics.ts'
import { Storing } from './storing.ts'
import { type UploadBounds, Uploads } from './uploads.ts'

export interface ServingStore {
  /** With how many rows it wrote, by table. */
  readonly writer: StoreWriter & { readonly written: Readonly<Record<string, number>> }
  readonly reader: StoreReader
}

export interface ServingOptions {
  readonly listen: { readonly host: string; readonly port: number }
  readonly token?: string
  /** Names that the page is reached by. */
  readonly hostNames: readonly string[]
  readonly networks: Networks
  /** Absent: captures are not taken from the page. */
  readonly uploads?: UploadBounds
  /** Whether decoded messages are kept. */
  readonly messages?: boolean
  /** Where packets of interfaces are kept. */
  readonly keptFolder?: string
  /** Where nobody is; absent: what never answers is taken for dark. */
  readonly dark?: Dark
  /** How the honeynet stands whose page it is. */
  readonly honeynet?: () => DarkView['honeynet']
  /** Verdicts that are left out. */
  readonly isOwn?: FeedTo['isOwn']
  /** The wall whose page it is. */
  readonly wall?: WallPart
}

/** What comes in by itself: interfaces that are watched, a wall's queue. */
export interface Incoming {
  begin(to: FeedTo): Promise<void>
  readonly finished: Promise<unknown>
  /** What came before is read and written. */
  stop(): Promise<unknown>
}

interface Waiting {
  readonly name: string
  readonly options: ReadOptions
}

export class Serving {
  readonly board: Board
  readonly counters = new Counters()
  readonly #store: ServingStore
  readonly #packets: StoredPackets
  readonly #log: Logger
  readonly #folder: string
  readonly #to: FeedTo
  readonly #investigations: Investigations
  readonly #stopping = new AbortController()
  readonly #waiting: Waiting[] = []
  #reading: Promise<void> | undefined
  #watching: Incoming | undefined
  #server: PageServer | undefined

  private constructor(store: ServingStore, log: Logger, folder: string, options: ServingOptions) {
    const { keptFolder, messages = true, networks, dark = NO_NETWORKS, honeynet, isOwn } = options
    this.#store = store
    this.#log = log
    this.#folder = folder
    this.board = new Board(packageVersion(), () => performance.now())
    const { board, counters } = this
    const onVerdict = (verdict: Verdict) => networks.consider(verdict)
    const investigations = new Investigations(dark, store.reader, honeynet)
    this.#investigations = investigations
    const onTrouble = (words: string) => log.error(words)
    const told = { onVerdict, onTrouble, ...(isOwn && { isOwn }) }
    this.#to = { writer: store.writer, board, counters, messages, investigations, ...told }
    const application = `Peerscope ${packageVersion()}`
    this.#packets = new StoredPackets(store.reader, application, keptFolder)
  }

  /** The page answers from here on. */
  static async open(store: ServingStore, options: ServingOptions, log: Logger): Promise<Serving> {
    const folder = await mkdtemp(join(tmpdir(), 'peerscope-'))
    const serving = new Serving(store, log, folder, options)
    try {
      await serving.#listen(options)
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
    return serving
  }

  get address(): PageServer['address'] {
    return this.#server!.address
  }

  /** Read captures after those that wait. */
  add(name: string, options: ReadOptions): void {
    if (this.#waiting.length >= limits.pageCapturesMax)
      throw new Busy('too many captures wait to be read')
    this.#waiting.push({ name, options })
    this.#reading ??= this.#readAll()
  }

  /** Take in what comes, into the same store. */
  async watch(watching: Incoming): Promise<void> {
    await watching.begin(this.#to)
    this.#watching = watching
    watching.finished.catch((err: unknown) => this.#log.error({ err }, 'watching failed'))
  }

  /** What waits and what is read has come to its end. */
  async idle(): Promise<void> {
    await this.#reading
  }

  /** Nothing recorded is lost: what was read is written before the page goes. The store stays open. */
  async close(): Promise<void> {
    this.#waiting.length = 0
    this.#stopping.abort()
    await this.#watching?.stop().catch(() => undefined)
    await this.#reading
    await this.#store.writer.flush()
    await this.#server?.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #listen(options: ServingOptions): Promise<void> {
    const { reader, writer } = this.#store
    const uploads = new Uploads(
      this.#folder,
      options.uploads ?? { fileBytes: 0, totalBytes: 0 },
      (name, path) => this.add(name, { files: [path] }),
    )
    this.#server = await servePage(
      {
        reader,
        status: () => this.board.status,
        families: familyTitles(protocols),
        packets: this.#packets,
        ...(options.uploads !== undefined && { captures: uploads }),
        ...(options.wall !== undefined && { wall: options.wall }),
        dark: this.#investigations,
        eve: eveOfStored(),
        metrics: async () =>
          metrics({
            status: this.board.status,
            counters: this.counters,
            watchers: this.#server?.watchers ?? 0,
            stored: writer.written,
          }),
        isReady: () => !this.#stopping.signal.aborted,
        client: packageFile('dist/src/services/page/client'),
        ...(options.token !== undefined && { token: options.token }),
        names: () => options.networks.names,
        hostNames: options.hostNames,
        onError: (error, path) => this.#log.error({ err: error, path }, 'a question failed'),
      },
      options.listen,
    )
  }

  /** One after the other; a capture that cannot be read keeps none of the others from it. */
  async #readAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { name, options } = next
      try {
        await this.#read(name, options)
      } catch (error) {
        this.board.begin('capture', name)
        const isWorld = error instanceof CaptureError
        // Its path is one of ours where it came through the page.
        const why = isWorld ? error.message.slice(error.path.length + 2) : (error as Error).message
        this.board.end('capture', 'failed', shown(why))
        const told = isWorld ? { cause: why } : { err: error }
        this.#log.error({ capture: name, ...told }, 'a capture was not read')
      }
    }
    this.#reading = undefined
  }

  async #read(name: string, options: ReadOptions): Promise<void> {
    const { signal } = this.#stopping
    const onLeftOut = ({ message }: Error) => this.#log.warn(`${shown(message)}; it was left out`)
    const storing = await Storing.open(name, { ...options, signal, onLeftOut }, this.#to)
    this.#log.info({ capture: name }, 'reading')
    const totals = await storing.read((run) =>
      this.#packets.remember(run, options.files, storing.index),
    )
    const { packets, flows, interrupted } = totals
    this.#log.info({ capture: name, packets, flows, interrupted }, 'read')
    for (const { capture, offset, cause } of totals.damage) {
      this.#log.warn({ capture, offset, cause }, 'a capture is damaged')
    }
  }
}

/** How families are called in prose, and who of them can be asked. */
export function familyTitles(cards: readonly Protocol[]): FamilyTitle[] {
  return cards.map(({ name, title, neighbour, crawler }) => ({
    family: name,
    title,
    neighbour: neighbour !== undefined,
    ...(crawler && { asks: askedOf(crawler) }),
  }))
}

function askedOf({ channels }: CrawlerKind): Asked[] {
  return channels.flatMap(({ vias, asks: [part], carrier }) =>
    part === undefined ? [] : vias.map((via) => ({ via, carrier, part })),
  )
}
