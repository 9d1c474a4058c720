/**
 * A BPF expression over a cursor: compiled by libpcap's own compiler, so that it means exactly what
 * it means to `tcpdump -r`, and run here.
 */

import { spawnSync } from 'node:child_process'
import { ByteWriter } from '../../core/bytes.ts'
import { type BpfProgram, parseBpf, runBpf } from './bpf.ts'
import { ChoosingCursor } from './choosing-cursor.ts'
import type { Cursor } from './cursor.ts'
import { linkTypeOf } from './link-types.ts'

/** Where systems keep tcpdump; root's folders are often missing from a user's PATH. */
const TCPDUMPS = ['tcpdump', '/usr/sbin/tcpdump', '/usr/bin/tcpdump', '/sbin/tcpdump']
/** How long the compiler may take: names in an expression are looked up in the network. */
const COMPILE_MS = 20_000

const LOOPBACK = 0
const ETHERNET = 1
const RAW = 101

/** The filter expression is wrong, or nothing is there to compile it with. */
export class FilterError extends Error {
  constructor(cause: string) {
    super(`filter: ${cause}`)
    this.name = 'FilterError'
  }
}

/** The expression cannot be compiled for one link type, and perhaps for others. */
class LinkTypeError extends FilterError {}

/**
 * Compile an expression for packets of a link type.
 * @param bigEndian  byte order of the capturing host, which BSD loopback headers are in
 * @throws FilterError
 */
export function compileFilter(expression: string, linkType: number, bigEndian = false): BpfProgram {
  for (const command of TCPDUMPS) {
    // Behind `--` an expression cannot pass for an option. It is compiled for a capture without
    // packets, not for a link type by name: live and saved packets differ in what can be asked.
    const done = spawnSync(command, ['-ddd', '-r', '-', '--', expression], {
      encoding: 'utf8',
      input: emptyCapture(linkType, bigEndian),
      timeout: COMPILE_MS,
    })
    if ((done.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') continue
    if (done.error) throw new FilterError(`${command}: ${done.error.message}`)
    if (done.status !== 0) throw refusal(expression, linkType, done.stderr)
    const program = parseBpf(done.stdout)
    if (program === undefined) throw new FilterError(`${command} printed no BPF program`)
    return program
  }
  throw new FilterError(
    'expressions are compiled by tcpdump, which is not installed; install tcpdump, or leave -f out',
  )
}

function emptyCapture(linkType: number, bigEndian: boolean): Uint8Array {
  // tcpdump does not take OpenBSD's number for raw IP.
  const header = [0xa1b2c3d4, 0, 0, 0, 262_144, linkType === 14 ? RAW : linkType]
  const file = new ByteWriter()
  for (const [index, word] of header.entries()) {
    if (index === 1) {
      if (bigEndian) file.u16be(2).u16be(4)
      else file.u16le(2).u16le(4)
    } else if (bigEndian) file.u32be(word)
    else file.u32le(word)
  }
  return file.finish()
}

/** tcpdump's last line says what is wrong; its own name in front helps nobody. */
function refusal(expression: string, linkType: number, stderr: string): FilterError {
  const last = stderr.trim().split('\n').at(-1) ?? ''
  const words = last.replace(/^tcpdump: (?:can't parse filter expression: )?/, '')
  const said = words === '' ? 'tcpdump could not compile it' : words
  if (/not supported|not implemented|only|data link type|not applicable/.test(said)) {
    const { name } = linkTypeOf(linkType)
    return new LinkTypeError(`'${expression}' for packets of ${name}: ${said}`)
  }
  return new FilterError(`'${expression}': ${said}`)
}

/**
 * The packets of a cursor that match. Frame numbers stay those of the capture.
 * @throws FilterError  at once where the expression is wrong; while stepping where it cannot be
 *                      compiled for a link type that turns up
 */
export function filtered(cursor: Cursor, expression: string): Cursor {
  const programs = new Map<string, BpfProgram>()
  const programFor = (linkType: number, bigEndian: boolean): BpfProgram => {
    const key = `${linkType} ${bigEndian}`
    let program = programs.get(key)
    if (program === undefined) {
      program = compileFilter(expression, linkType, bigEndian)
      programs.set(key, program)
    }
    return program
  }
  try {
    // A mistake shall show before any packet is waited for.
    programFor(ETHERNET, false)
  } catch (error) {
    if (!(error instanceof LinkTypeError)) throw error
  }
  return new Filtered(cursor, programFor)
}

class Filtered extends ChoosingCursor {
  readonly #programFor: (linkType: number, bigEndian: boolean) => BpfProgram
  #program: BpfProgram | undefined
  #linkType = -1
  #bigEndian = false
  skipped = 0

  constructor(inner: Cursor, programFor: (linkType: number, bigEndian: boolean) => BpfProgram) {
    super(inner)
    this.#programFor = programFor
  }

  protected isChosen(): boolean {
    const { inner } = this
    const { linkType } = inner
    // A loopback header is the address family, a small number.
    const bigEndian = linkType === LOOPBACK && inner.size > 0 && inner.bytes[inner.at] === 0
    if (
      this.#program === undefined ||
      linkType !== this.#linkType ||
      bigEndian !== this.#bigEndian
    ) {
      this.#linkType = linkType
      this.#bigEndian = bigEndian
      this.#program = this.#programFor(linkType, bigEndian)
    }
    if (runBpf(this.#program, inner.bytes, inner.at, inner.size, inner.wireSize)) return true
    this.skipped++
    return false
  }
}
