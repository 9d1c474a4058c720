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

export function compileFilter(expression: string, linkType: number): BpfProgram {
  const { dlt, name } = linkTypeOf(linkType)
  if (dlt === undefined) throw new FilterError(`libpcap cannot filter packets of ${name}`)
  for (const command of TCPDUMPS) {
    const done = spawnSync(command, ['-y', dlt, '-ddd', expression], { encoding: 'utf8' })
    if (done.error && (done.error as NodeJS.ErrnoException).code === 'ENOENT') continue
    if (done.error) throw new FilterError(`${command}: ${done.error.message}`)
    const program = done.status === 0 ? parseBpf(done.stdout) : undefined
    if (program === undefined) throw new FilterError(`${expression}: ${complaint(done.stderr)}`)
    return program
  }
  throw new FilterError('expressions are compiled by tcpdump, which is not installed')
}

/** tcpdump's last line says what is wrong; its name in front helps nobody. */
function complaint(stderr: string): string {
  const last = stderr.trim().split('\n').at(-1) ?? ''
  return last.replace(/^tcpdump: /, '') || 'tcpdump could not compile it'
}

/** The packets of a cursor that match. Frame numbers stay those of the capture. */
export function filtered(cursor: Cursor, expression: string): Cursor {
  // A mistake in the expression shall show at once, not at the first packet.
  const programs = new Map<number, BpfProgram>([[1, compileFilter(expression, 1)]])
  return new Filtered(cursor, (linkType) => {
    let program = programs.get(linkType)
    if (program === undefined) {
      program = compileFilter(expression, linkType)
      programs.set(linkType, program)
    }
    return program
  })
}

class Filtered implements Cursor {
  readonly #inner: Cursor
  readonly #programFor: (linkType: number) => BpfProgram
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
      const program = this.#programFor(inner.linkType)
      if (runBpf(program, inner.bytes, inner.at, inner.size, inner.wireSize)) return 'packet'
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
