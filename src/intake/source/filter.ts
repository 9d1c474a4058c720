/**
 * A BPF expression over a cursor: compiled by libpcap's own compiler (`tcpdump -ddd`), so that it
 * means exactly what it means to tcpdump, and run here.
 */
import { spawnSync } from 'node:child_process'
import { type BpfProgram, parseBpf, runBpf } from './bpf.ts'
import type { Cursor } from './cursor.ts'
import { linkTypeOf } from './link-types.ts'

/** Where systems keep tcpdump; root's folders are often missing from a user's PATH. */
const TCPDUMPS = ['tcpdump', '/usr/sbin/tcpdump', '/usr/bin/tcpdump', '/sbin/tcpdump']

/** The filter expression is wrong, or nothing is there to compile it with. */
export class FilterError extends Error {
  constructor(cause: string) {
    super(`filter: ${cause}`)
    this.name = 'FilterError'
  }
}

/** As `FilterError`: the expression means nothing for one link type, and may for others. */
class LinkTypeError extends FilterError {}

/** How long the compiler may take: names in an expression are looked up in the network. */
const COMPILE_MS = 20_000

/**
 * Compile an expression for packets of a link type.
 * @throws FilterError
 */
export function compileFilter(expression: string, linkType: number): BpfProgram {
  const { dlt, name } = linkTypeOf(linkType)
  if (dlt === undefined) throw new LinkTypeError(`libpcap cannot filter packets of ${name}`)
  for (const command of TCPDUMPS) {
    // Behind `--` an expression cannot pass for an option.
    const args = ['-ddd', '-y', dlt, '--', expression]
    const done = spawnSync(command, args, { encoding: 'utf8', timeout: COMPILE_MS })
    if ((done.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') continue
    if (done.error) throw new FilterError(`${command}: ${done.error.message}`)
    if (done.status !== 0) throw refusal(expression, name, done.stderr)
    const program = parseBpf(done.stdout)
    if (program === undefined) throw new FilterError(`${command} printed no BPF program`)
    if (program === 'live') {
      throw new LinkTypeError(
        `'${expression}' asks for what captures of ${name} do not hold (it is for live interfaces)`,
      )
    }
    return program
  }
  throw new FilterError(
    'expressions are compiled by tcpdump, which is not installed; install tcpdump, or leave -f out',
  )
}

/** tcpdump's last line says what is wrong; its own name in front helps nobody. */
function refusal(expression: string, linkName: string, stderr: string): FilterError {
  const last = stderr.trim().split('\n').at(-1) ?? ''
  const words = last.replace(/^tcpdump: (?:can't parse filter expression: )?/, '')
  const said = words === '' ? 'tcpdump could not compile it' : words
  return /syntax error|unknown host|illegal|unknown/.test(said)
    ? new FilterError(`'${expression}': ${said}`)
    : new LinkTypeError(`'${expression}' for packets of ${linkName}: ${said}`)
}

/**
 * The packets of a cursor that match. Frame numbers stay those of the capture.
 * @throws FilterError  at once where the expression is wrong; while stepping where it cannot be
 *                      compiled for a link type that turns up
 */
export function filtered(cursor: Cursor, expression: string): Cursor {
  const programs = new Map<number, BpfProgram>()
  const programFor = (linkType: number): BpfProgram => {
    let program = programs.get(linkType)
    if (program === undefined) {
      program = compileFilter(expression, linkType)
      programs.set(linkType, program)
    }
    return program
  }
  try {
    // A mistake shall show before any packet is waited for.
    programFor(ETHERNET)
  } catch (error) {
    if (!(error instanceof LinkTypeError)) throw error
  }
  return new Filtered(cursor, programFor)
}

const ETHERNET = 1

class Filtered implements Cursor {
  readonly #inner: Cursor
  readonly #programFor: (linkType: number) => BpfProgram
  #program: BpfProgram | undefined
  #linkType = -1
  skipped = 0

  constructor(inner: Cursor, programFor: (linkType: number) => BpfProgram) {
    this.#inner = inner
    this.#programFor = programFor
  }

  next(): 'packet' | 'wait' | 'end' {
    const inner = this.#inner
    for (;;) {
      const step = inner.next()
      if (step !== 'packet') return step
      if (this.#program === undefined || inner.linkType !== this.#linkType) {
        this.#linkType = inner.linkType
        this.#program = this.#programFor(inner.linkType)
      }
      if (runBpf(this.#program, inner.bytes, inner.at, inner.size, inner.wireSize)) return 'packet'
      this.skipped++
    }
  }

  fill(): Promise<void> {
    return this.#inner.fill()
  }
  close(): Promise<void> {
    return this.#inner.close()
  }
  get bytes(): Uint8Array {
    return this.#inner.bytes
  }
  get at(): number {
    return this.#inner.at
  }
  get size(): number {
    return this.#inner.size
  }
  get wireSize(): number {
    return this.#inner.wireSize
  }
  get micros(): number {
    return this.#inner.micros
  }
  get linkType(): number {
    return this.#inner.linkType
  }
  get interfaceId(): number {
    return this.#inner.interfaceId
  }
  get frame(): number {
    return this.#inner.frame
  }
  get capture(): string {
    return this.#inner.capture
  }
  get damage(): Cursor['damage'] {
    return this.#inner.damage
  }
  get bytesRead(): number {
    return this.#inner.bytesRead
  }
  get bytesTotal(): number | undefined {
    return this.#inner.bytesTotal
  }
}
