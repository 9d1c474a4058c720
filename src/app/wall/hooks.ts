/**
 * Who wants to hear that a host was caught or let go: a command, a place on the web. Neither holds
 * the wall up: what they do not take is told, and left.
 */
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import type { HostChange } from '../../services/wall/judgement.ts'

export interface HookOptions {
  /** Run with `held` or `free`, the host's address, and the rule. */
  readonly command?: string | undefined
  /** POST of the same as JSON. */
  readonly webhook?: string | undefined
  /** Signs what is posted. */
  readonly secret?: string | undefined
  readonly warn: (text: string) => void
}

/** Of either kind at the same time; more wait for nothing, and are told. */
const RUNNING_MAX = 16
const SECONDS_MAX = 10

export class Hooks {
  readonly #options: HookOptions
  #running = 0

  constructor(options: HookOptions) {
    this.#options = options
  }

  tell(change: HostChange): void {
    const { command, webhook } = this.#options
    if (command !== undefined) this.#start('the hook', () => run(command, change))
    if (webhook !== undefined) {
      this.#start('the webhook', () => post(webhook, this.#options.secret, change))
    }
  }

  #start(what: string, start: () => Promise<void>): void {
    if (this.#running >= RUNNING_MAX) {
      this.#options.warn(`${what} is too slow: a host is not told`)
      return
    }
    this.#running++
    start()
      .catch((error: unknown) => this.#options.warn(`${what}: ${(error as Error).message}`))
      .finally(() => {
        this.#running--
      })
  }
}

/** No shell is between: an argument is an argument. */
function run(command: string, { state, host, rule }: HostChange): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [state, host, rule], {
      stdio: 'ignore',
      timeout: 1000 * SECONDS_MAX,
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${command} ended with ${code ?? 'a signal'}`))
    })
  })
}

async function post(place: string, secret: string | undefined, change: HostChange): Promise<void> {
  const { untilMicros, ...rest } = change
  const until = untilMicros === undefined ? {} : { until: timeOf(untilMicros) }
  const body = JSON.stringify({ ...rest, time: timeOf(change.micros), ...until })
  const answer = await fetch(place, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      ...(secret !== undefined && { 'x-peerscope-signature': signature(secret, body) }),
    },
    redirect: 'error',
    signal: AbortSignal.timeout(1000 * SECONDS_MAX),
  })
  if (!answer.ok) throw new Error(`${place} answered ${answer.status}`)
}

function timeOf(micros: number): string {
  return new Date(micros / 1000).toISOString()
}

/** As common for webhooks: the receiver computes the same over the bytes it was sent. */
export function signature(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}
