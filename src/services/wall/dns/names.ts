/** Names of hosts that are refused, each with all names below it; and those that are not, in spite. */
import { limits } from '../../../core/limits.ts'

/** Letters, digits, hyphens and underscores, in labels: what a resolver's configuration may be given. */
const NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/

/** `*.Example.COM.` → `example.com`; undefined where it is no name. */
export function plainName(text: string): string | undefined {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/^(?:\*\.|\.)/, '')
    .replace(/\.$/, '')
  return NAME.test(name) ? name : undefined
}

export class Names {
  readonly #refused = new Map<string, number>()
  readonly #permitted = new Set<string>()
  /** Names that are none, or too many. */
  leftOut = 0

  constructor(refused: Iterable<string>, permitted: Iterable<string> = []) {
    for (const text of refused) {
      const name = plainName(text)
      if (name === undefined || this.#refused.size >= limits.wallSuffixesMax) this.leftOut++
      else this.#refused.set(name, 0)
    }
    for (const text of permitted) {
      const name = plainName(text)
      if (name === undefined || this.#permitted.size >= limits.wallSuffixesMax) this.leftOut++
      else this.#permitted.add(name)
    }
  }

  /** The entry that refuses a name, and counts it; the longest entry that holds a name decides. */
  find(name: string): string | undefined {
    for (let suffix = name.toLowerCase(); ; ) {
      if (this.#permitted.has(suffix)) return undefined
      const hits = this.#refused.get(suffix)
      if (hits !== undefined) {
        this.#refused.set(suffix, hits + 1)
        return suffix
      }
      const dot = suffix.indexOf('.')
      if (dot < 0) return undefined
      suffix = suffix.slice(dot + 1)
    }
  }

  get size(): number {
    return this.#refused.size
  }

  /** Sorted, so that what is exported twice is the same. */
  get refused(): readonly string[] {
    return [...this.#refused.keys()].sort()
  }

  get permitted(): readonly string[] {
    return [...this.#permitted].sort()
  }

  /** How often each entry refused, those that did. */
  get hits(): readonly { readonly name: string; readonly hits: number }[] {
    return [...this.#refused].filter(([, hits]) => hits > 0).map(([name, hits]) => ({ name, hits }))
  }
}
