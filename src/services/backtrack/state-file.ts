/** A crawl that was stopped, as JSON: what it heard of, what it asked and when. */
import type { CrawlState } from './crawl.ts'
import type { Asked, Learned } from './frontier.ts'

const VERSION = 1

export interface Saved extends CrawlState {
  /** What was asked about: another question is another crawl. */
  readonly question: string
}

export function stateText(saved: Saved): string {
  return JSON.stringify({ version: VERSION, ...saved })
}

/** @returns undefined where it is no state of a crawl */
export function readState(text: string): Saved | undefined {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(read) || read.version !== VERSION) return undefined
  const { question, self, sent, learned, asked } = read
  if (typeof question !== 'string' || typeof self !== 'number' || typeof sent !== 'number') {
    return undefined
  }
  if (!Array.isArray(learned) || !learned.every(isLearned)) return undefined
  if (!Array.isArray(asked) || !asked.every(isAsked)) return undefined
  return { question, self, sent, learned, asked }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isLearned(value: unknown): value is Learned {
  if (!isRecord(value) || !isRecord(value.at)) return false
  const { family, part, hops, at } = value
  const texts = [value.content, value.id, value.extra].every(
    (each) => each === undefined || typeof each === 'string',
  )
  const isNamed = typeof family === 'string' && typeof part === 'string'
  return texts && isNamed && typeof hops === 'number' && isPlace(at)
}

function isPlace({ ip, port }: Record<string, unknown>): boolean {
  return typeof ip === 'string' && typeof port === 'number' && port >= 0 && port <= 65_535
}

function isAsked(value: unknown): value is readonly [string, Asked] {
  if (!Array.isArray(value) || typeof value[0] !== 'string' || !isRecord(value[1])) return false
  return typeof value[1].micros === 'number' && typeof value[1].isAnswered === 'boolean'
}
