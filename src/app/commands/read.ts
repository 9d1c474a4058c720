/** `peerscope -r FILE`, `peerscope read FILE`: from captures to whatever form is wanted. */
import { statSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Event } from '../../core/event.ts'
import { bytesText, countText } from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import { eachCapture, openCaptures } from '../../intake/source/open.ts'
import type { FormatName, Messages, Severity } from '../choices.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { tellDamage, tellLeftOut, warn } from '../notes.ts'
import { Output } from '../output.ts'
import { Run, type Totals } from '../pipeline.ts'
import { type ProgressLine, progressLine } from '../progress.ts'
import { onStopSignal } from '../stop-signal.ts'
import { wantsColour, widthOf } from '../terminal.ts'
import {
  CsvFormat,
  EveFormat,
  type Format,
  Judge,
  NdjsonFormat,
  SummaryFormat,
  ZeekFormat,
} from './formats.ts'

/** The command line, as commander hands it over. */
export interface ReadFlags {
  readonly read?: readonly string[]
  readonly filter?: string
  readonly format?: FormatName
  readonly json?: boolean
  readonly write?: string
  readonly messages: Messages
  readonly count?: number
  readonly failOn?: Severity
  readonly lineBuffered?: boolean
  readonly quiet?: boolean
  readonly verbose: number
  readonly color: boolean
}

/** Hosts and contents that the summary lists, by the number of `-v`. */
const LISTED = [8, 40, Number.POSITIVE_INFINITY] as const

/** Lines wait no longer than this for others, if packets come at all. */
const FLUSH_MS = 500

export async function readCommand(
  operands: readonly string[],
  flags: ReadFlags,
): Promise<ExitCode> {
  const files = [...(flags.read ?? []), ...operands]
  if (files.length === 0) throw new UsageError('no capture given: peerscope -r FILE')
  if (flags.json && flags.format !== undefined && flags.format !== 'ndjson') {
    throw new UsageError(`--json is --format ndjson and cannot be --format ${flags.format}`)
  }
  const formatName = flags.json ? 'ndjson' : (flags.format ?? 'text')
  if (flags.write !== undefined) await refuseToWriteOver(files, flags.write)
  const stopping = new AbortController()
  const progress = progressOf(formatName, flags)
  const judge = new Judge()
  let format: Format | undefined
  const consume = consumer(flags, judge, (event) => format!.consume(event))
  const run = await Run.open(
    {
      files,
      ...(flags.filter !== undefined && { filter: flags.filter }),
      ...(flags.count !== undefined && { packetsMax: flags.count }),
      flows: formatName === 'text' ? 'p2p' : true,
      everyMessage: flags.messages === 'all',
      signal: stopping.signal,
      onLeftOut: (error) => flags.quiet || tellLeftOut(error),
      ...(progress && { onProgress: (state) => progress.show(state) }),
    },
    consume,
  )
  // Only now, so that a capture that cannot be opened leaves the file of `-w` as it was.
  format = openFormat(formatName, flags, false, files)
  // What was read by then is still told.
  const letGo = onStopSignal(() => stopping.abort())
  try {
    await advanceAll(run, format, stopping.signal)
  } finally {
    progress?.wipe()
    letGo()
  }
  const finished = await run.finish()
  const totals = { ...finished, interrupted: finished.interrupted || stopping.signal.aborted }
  const conclusion = judge.conclude(totals, format.verdictsMax)
  format.finish(conclusion)
  tell(totals, flags)
  if (totals.interrupted) return EXIT.interrupted
  if (totals.damage.length > 0) return EXIT.damaged
  const found = flags.failOn !== undefined && judge.finds(flags.failOn, conclusion.verdicts)
  return found ? EXIT.findings : EXIT.ok
}

/** To the end, or to a signal: also while the next packet of a pipe is waited for. */
async function advanceAll(run: Run, format: Format, signal: AbortSignal): Promise<void> {
  let flushedMs = performance.now()
  const stopped = new Promise<false>((resolve) => {
    signal.addEventListener('abort', () => resolve(false))
  })
  for (;;) {
    const advance = run.advance()
    if (!(await Promise.race([advance, stopped]))) {
      // The pipe is about to be closed under it.
      advance.catch(() => undefined)
      return
    }
    const nowMs = performance.now()
    if (nowMs - flushedMs >= FLUSH_MS) {
      flushedMs = nowMs
      format.flush?.()
    }
    // Signals are delivered between turns.
    await nextTurn()
  }
}

function consumer(
  flags: ReadFlags,
  judge: Judge,
  hand: (event: Event) => void,
): (event: Event) => void {
  const withMessages = flags.messages !== 'none'
  return (event) => {
    if (event.type === 'message') {
      if (withMessages) hand(event)
      return
    }
    judge.consume(event)
    hand(event)
  }
}

/** A capture is evidence: `-r x -w x` must not empty it, by whatever path it is named. */
export async function refuseToWriteOver(files: readonly string[], path: string): Promise<void> {
  const target = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false })
  if (!target?.isFile()) return
  for (const file of files) {
    await eachCapture(file, async (name) => {
      const source = statSync(name, { throwIfNoEntry: false })
      if (source?.dev !== target.dev || source.ino !== target.ino) return
      // In a folder of captures may lie what an earlier run wrote.
      await (await openCaptures([name])).close()
      throw new UsageError(`-w ${shown(path)}: is a capture that is read, and would be lost`)
    })
  }
}

/**
 * @param isLog    a file of lines that earlier runs wrote is gone on with
 * @param sources  what is read, as it was named
 */
export function openFormat(
  name: FormatName,
  flags: Pick<ReadFlags, 'write' | 'lineBuffered' | 'color' | 'verbose'>,
  isLog = false,
  sources: readonly string[] = [],
): Format {
  const path = flags.write ?? '-'
  if (name === 'zeek') {
    if (path === '-') throw new UsageError('--format zeek writes several logs: say -w FOLDER')
    return new ZeekFormat(path)
  }
  const isAdded = isLog && (name === 'eve' || name === 'ndjson')
  const output = Output.open(path, flags.lineBuffered, isAdded)
  if (name === 'eve') return new EveFormat(output)
  if (name === 'ndjson') return new NdjsonFormat(output)
  if (name === 'csv') return new CsvFormat(output)
  const stream = output.isStdout ? process.stdout : {}
  return new SummaryFormat(output, {
    width: widthOf(stream),
    colour: wantsColour(stream, process.env, flags.color),
    listed: LISTED[Math.min(flags.verbose, LISTED.length - 1)]!,
    sources,
  })
}

/** Lines that run past on the same terminal would tear the progress line apart. */
function progressOf(format: string, flags: ReadFlags): ProgressLine | undefined {
  const streaming = format !== 'text' && flags.write === undefined
  return progressLine(!flags.quiet && !(streaming && process.stdout.isTTY === true))
}

/** What a person should know beside the data, on standard error. */
function tell(totals: Totals, flags: ReadFlags): void {
  tellDamage(totals)
  if (totals.interrupted) warn(`stopped after ${countText(totals.packets)} packets`)
  if (flags.quiet || flags.verbose === 0) return
  for (const { name, packets } of totals.captures) {
    warn(`${shown(name)}: ${countText(packets)} packets`)
  }
  const { packets, bytes, flows, endpointsKnown } = totals
  warn(
    `${countText(packets)} packets, ${bytesText(bytes)}, ${countText(flows)} flows, ` +
      `${countText(endpointsKnown)} endpoints remembered`,
  )
}
