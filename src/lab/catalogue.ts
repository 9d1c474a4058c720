/** The files of a scenario, and how often each is had and asked for (Zipf's law). */
import type { PeerFile } from '../core/peer.ts'
import type { Scenario } from './scenario.ts'

/** Words of no meaning, so that names can be told apart and searched for by word. */
// biome-ignore format: a table
const WORDS = [
  'amber', 'birch', 'cobalt', 'dune', 'ember', 'fjord', 'gravel', 'harbour', 'iris', 'juniper', 'kestrel', 'lagoon',
  'meadow', 'nettle', 'opal', 'prairie', 'quartz', 'raven', 'saffron', 'thistle', 'umber', 'violet', 'willow', 'zephyr',
] as const

export class Catalogue {
  /** Those that the scenario names; then the others, the popular ones first. */
  readonly files: readonly PeerFile[]
  /** Files that are picked by chance: the named ones only where there are no others. */
  readonly #picked: readonly PeerFile[]
  /** Sum of the weights of all picked files up to and with each. */
  readonly #weights: readonly number[]

  /** @param chance  a whole number below its argument */
  constructor({ files }: Scenario, chance: (below: number) => number) {
    const [least, most] = files.size
    const made: PeerFile[] = files.named.map((file, i) => ({ ...file, seed: i + 1 }))
    for (let i = 0; i < files.count; i++) {
      const words = [0, 1, 2].map(() => WORDS[chance(WORDS.length)])
      const size = least + chance(most - least + 1)
      made.push({ name: `${words.join(' ')} ${i}.bin`, size, seed: 1000 + i })
    }
    this.files = made
    this.#picked = files.count > 0 ? made.slice(files.named.length) : made
    let sum = 0
    this.#weights = this.#picked.map((_, i) => {
      sum += 1 / (i + 1) ** files.popularity
      return sum
    })
  }

  named(name: string): PeerFile | undefined {
    return this.files.find((file) => file.name === name)
  }

  /** A file, the popular ones more often. */
  pick(chance: (below: number) => number): PeerFile | undefined {
    const total = this.#weights.at(-1)
    if (total === undefined) return undefined
    const wanted = (chance(2 ** 31) / 2 ** 31) * total
    let low = 0
    let high = this.#weights.length - 1
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.#weights[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return this.#picked[low]
  }
}
