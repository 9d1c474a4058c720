/** What a server has to say: JSON lines on standard error, plain ones where a person looks. */
import { type Logger, pino } from 'pino'
import { shown } from '../core/text.ts'
import type { LogLevel } from './config/config.ts'

export type { Logger } from 'pino'

interface Stream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

export function openLog(level: LogLevel, stream: Stream = process.stderr): Logger {
  const base = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  return pino(base, stream.isTTY === true ? { write: (line) => plain(line, stream) } : stream)
}

const LEVELS: Readonly<Record<number, string>> = { 40: 'warning: ', 50: 'error: ', 60: 'error: ' }

function plain(line: string, stream: Stream): void {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown> & {
    level: number
  }
  const more = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
  const cause = (err as { message?: string } | undefined)?.message
  const text = `${LEVELS[level] ?? ''}${String(msg ?? '')}${cause === undefined ? '' : `: ${cause}`}`
  stream.write(`peerscope: ${shown(text + more.join(''))}\n`)
}
