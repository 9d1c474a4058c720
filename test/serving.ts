/** The program as a server, for tests: started, waited for, asked, ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { repositoryFile } from '../src/core/repository.ts'

const MAIN = repositoryFile('dist/src/app/main.js')
const PATIENCE_MS = 30_000

export class Server {
  readonly #child: ChildProcess
  /** `http://127.0.0.1:40123` */
  url = ''
  errors = ''

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /**
   * @param args   after `peerscope`; the page is on a port of the system's choice
   * @param pipe   a named pipe that is read as standard input
   */
  static async start(
    context: TestContext,
    args: readonly string[],
    pipe?: string,
  ): Promise<Server> {
    const command = pipe === undefined ? '"$@"' : `"$@" -r - < '${pipe}'`
    const child = spawn('sh', ['-c', `exec ${command}`, 'sh', process.execPath, MAIN, ...args], {
      env: { PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    const server = new Server(child)
    context.after(() => child.kill('SIGKILL'))
    await new Promise<void>((resolve, reject) => {
      child.stderr!.setEncoding('utf8').on('data', (more: string) => {
        server.errors += more
        const url = /^peerscope: (http:\S+?)\/?(?:\?token=\S+)?$/m.exec(server.errors)?.[1]
        if (url === undefined) return
        server.url = url
        resolve()
      })
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${server.errors}`)))
    })
    return server
  }

  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS), ...init })
  }

  async json<Answer>(path: string): Promise<Answer> {
    const response = await this.ask(path)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Answer
  }

  /** Until everything that was given was read. */
  async settled(): Promise<{ state: string; packets: number; error?: string; source: string }> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const status = await this.json<{
        state: string
        packets: number
        revision: number
        source: string
      }>('/api/status')
      if (status.state !== 'reading' && status.source !== '') return status
      if (Date.now() > end) throw new Error(`still ${status.state}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** @returns the exit status */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    const exit = once(this.#child, 'exit')
    this.#child.kill(signal)
    const [code] = (await exit) as [number | null]
    return code
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}
