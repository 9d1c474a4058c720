/** A program that runs in a namespace as its own user, watched: what it says, whether it fails. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Home } from './network.ts'

const OUTPUT_CHARS_MAX = 1 << 20

export class Program {
  readonly namespace: string
  readonly command: string
  /** Fulfilled with the exit code, or with -1 where a signal ended it. */
  readonly ended: Promise<number>
  /** What it wrote to both outputs; the end of it, if that is much. */
  output = ''
  readonly #child: ChildProcess
  #code: number | undefined
  #isAsked = false

  constructor(namespace: string, command: string, args: readonly string[], home?: Home) {
    this.namespace = namespace
    this.command = command
    // Whatever becomes of the test, its programs do not outlive it.
    const user = ['setpriv', '--pdeathsig', 'KILL']
    if (home !== undefined) {
      user.push(`--reuid=${home.uid}`, `--regid=${home.uid}`, '--clear-groups')
    }
    const whole = ['netns', 'exec', namespace, ...user, command, ...args]
    this.#child = spawn('ip', whole, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(home !== undefined && {
        cwd: home.path,
        env: { PATH: process.env.PATH, HOME: home.path, LANG: 'C.UTF-8' },
      }),
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-OUTPUT_CHARS_MAX)
      })
    }
    this.ended = new Promise((resolve) => {
      const end = (code: number | null) => {
        this.#code = code ?? -1
        resolve(this.#code)
      }
      this.#child.on('close', end)
      this.#child.on('error', () => end(null))
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** It ended, nobody asked it to, and not well. */
  get hasFailed(): boolean {
    return this.#code !== undefined && this.#code !== 0 && !this.#isAsked
  }

  get hasEnded(): boolean {
    return this.#code !== undefined
  }

  /** Ask it to end, and wait until it has. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', seconds = 10): Promise<void> {
    this.#isAsked = true
    this.#child.kill(signal)
    const insist = setTimeout(() => this.kill(), seconds * 1000)
    await this.ended
    clearTimeout(insist)
  }

  kill(): void {
    this.#isAsked = true
    this.#child.kill('SIGKILL')
  }
}
