/**
 * Lines for a log, one a decision, in the classes that ftwall had: a letter says what happened to
 * which carrier, or who was identified.
 */
import { endpointText } from '../../core/address.ts'
import type { Decision } from '../../core/event.ts'
import { shown } from '../../core/text.ts'

/** ftwall(8), options -l and -L. */
// biome-ignore format: a table
const LOG_CLASSES = {
  u: 'datagrams that do not pass',
  U: 'datagrams that pass',
  t: 'connections that do not pass',
  T: 'connections that pass',
  c: 'hosts of ours that take part',
  p: 'peers outside',
} as const

export type LogClass = keyof typeof LOG_CLASSES

/** Hosts and peers that were told of; more are told twice rather than never. */
const TOLD_MAX = 65_536

const STOPPED: readonly Decision['action'][] = ['block', 'refuse', 'lock']

/** `uTc` → its classes; undefined where a letter is none. */
export function logClasses(text: string): ReadonlySet<LogClass> | undefined {
  const letters = [...text]
  return letters.every((letter) => Object.hasOwn(LOG_CLASSES, letter))
    ? new Set(letters as LogClass[])
    : undefined
}

export class ClassLog {
  readonly #classes: ReadonlySet<LogClass>
  readonly #told = { c: new Set<string>(), p: new Set<string>() }

  constructor(classes: ReadonlySet<LogClass>) {
    this.#classes = classes
  }

  lines(decision: Decision): string[] {
    const { ends, carrier, action, rule, host, family, why } = decision
    const isStopped = STOPPED.includes(action)
    const letter = carrier === 'udp' ? (isStopped ? 'u' : 'U') : isStopped ? 't' : 'T'
    const lines: string[] = []
    const own = ends[0].ip === host ? 0 : 1
    if (family !== undefined) {
      if (this.#isNews('c', host)) lines.push(`c ${host} ${family}`)
      const peer = endpointText(ends[1 - own]!)
      if (this.#isNews('p', peer)) lines.push(`p ${peer} ${family}`)
    }
    if (this.#classes.has(letter)) {
      const [opener, other] = ends.map(endpointText)
      lines.push(
        `${letter} ${opener} > ${other} ${action} ${shown(rule)}: ${shown(why.join('; '))}`,
      )
    }
    return lines
  }

  #isNews(letter: 'c' | 'p', name: string): boolean {
    if (!this.#classes.has(letter)) return false
    const told = this.#told[letter]
    if (told.has(name)) return false
    if (told.size >= TOLD_MAX) told.clear()
    told.add(name)
    return true
  }
}
