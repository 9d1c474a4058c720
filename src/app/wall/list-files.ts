/** The address lists of a policy, read from their files; a file that did not change is not read again. */
import { readFileSync, statSync } from 'node:fs'
import { Lists } from '../../services/wall/lists/lists.ts'
import type { WallConfig } from '../../services/wall/schema.ts'

type ListConfig = WallConfig['lists'][number]

export class ListFiles {
  readonly lists = new Lists()
  readonly #warn: (text: string) => void
  /** What was read, as text, and which file it was of. */
  readonly #read = new Map<string, string>()

  constructor(warn: (text: string) => void) {
    this.#warn = warn
  }

  /** Have these lists and no others. What cannot be read is told, and stays as it was. */
  use(configs: readonly ListConfig[]): void {
    const wanted = new Set(configs.map(({ name }) => name))
    for (const name of [...this.#read.keys()].filter((each) => !wanted.has(each))) {
      this.lists.drop(name)
      this.#read.delete(name)
    }
    for (const config of configs) {
      const fault = this.#take(config)
      if (fault !== undefined) this.#warn(`list ${config.name}: ${config.file}: ${fault}`)
    }
  }

  #take(config: ListConfig): string | undefined {
    try {
      const { mtimeMs, size } = statSync(config.file)
      const edition = JSON.stringify({ config, mtimeMs, size })
      if (this.#read.get(config.name) === edition) return undefined
      const micros = Math.round(1000 * mtimeMs)
      const fault = this.lists.take(config, readFileSync(config.file), micros)
      if (fault === undefined) this.#read.set(config.name, edition)
      return fault
    } catch (error) {
      return (error as Error).message
    }
  }
}
