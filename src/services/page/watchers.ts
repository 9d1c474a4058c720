/**
 * Those who watch: server-sent events to any number of pages, from one clock. Each watcher has a
 * small bounded queue; who does not read is let go and comes back by itself.
 * Source: HTML standard, 9.2 "Server-sent events".
 */
import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web'
import { limits } from '../../core/limits.ts'
import type { Status } from './api.ts'
import { Busy } from './gate.ts'

const EVERY_MS = 1000
/** A line without meaning now and then, so that proxies and dead connections show themselves. */
const SILENCE_MS = 15_000
/** How long a page waits before it comes back. */
const RETRY_MS = 2000

type Controller = ReadableStreamDefaultController<Uint8Array>

const encoder = new TextEncoder()

export class Watchers {
  readonly #status: () => Status
  readonly #watchers = new Set<Controller>()
  #timer: NodeJS.Timeout | undefined
  #told = ''
  #revision = -1
  #saidMs = 0

  constructor(status: () => Status) {
    this.#status = status
  }

  get count(): number {
    return this.#watchers.size
  }

  /**
   * @param lastId  the revision that a page that comes back has seen
   * @throws Busy
   */
  open(lastId: string | undefined): ReadableStream<Uint8Array> {
    if (this.#watchers.size >= limits.pageWatchersMax) throw new Busy('too many pages watch')
    if (this.#timer === undefined) this.#start()
    let own: Controller
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          own = controller
          this.#watchers.add(controller)
          const status = this.#status()
          const missed = lastId !== undefined && lastId !== String(status.revision)
          const opening = `retry: ${RETRY_MS}\n\n${eventText('status', status, status.revision)}`
          const changed = missed ? eventText('changed', {}, status.revision) : ''
          controller.enqueue(encoder.encode(opening + changed))
        },
        cancel: () => this.#leave(own),
      },
      { highWaterMark: limits.pageWatcherBytesMax, size: (piece) => piece!.byteLength },
    )
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers.clear()
    this.#stop()
  }

  #leave(watcher: Controller): void {
    this.#watchers.delete(watcher)
    if (this.#watchers.size === 0) this.#stop()
  }

  /** Each watcher is told how it stands when it comes; from then on what is new. */
  #start(): void {
    const status = this.#status()
    this.#told = JSON.stringify(status)
    this.#revision = status.revision
    this.#saidMs = performance.now()
    this.#timer = setInterval(() => this.#tick(), EVERY_MS).unref()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    const status = this.#status()
    const told = JSON.stringify(status)
    let text = ''
    if (told !== this.#told) text += eventText('status', status, status.revision)
    if (status.revision !== this.#revision) text += eventText('changed', {}, status.revision)
    this.#told = told
    this.#revision = status.revision
    const now = performance.now()
    if (text === '' && now - this.#saidMs < SILENCE_MS) return
    this.#saidMs = now
    this.#say(encoder.encode(text === '' ? ':\n\n' : text))
  }

  #say(piece: Uint8Array): void {
    for (const watcher of this.#watchers) {
      if ((watcher.desiredSize ?? 0) < piece.byteLength) {
        this.#leave(watcher)
        watcher.error(new Error('a page does not read what it watches'))
      } else {
        watcher.enqueue(piece)
      }
    }
  }
}

function eventText(event: string, data: object, id: number): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}
