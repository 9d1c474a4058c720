/** Which kind of file a content is: its name is told in one flow, its bytes move in another. */
import { limits } from '../../core/limits.ts'
import { trim } from '../../core/oldest.ts'
import { type FileKind, kindOfName } from './kinds.ts'

export class Contents {
  /** Longest not told first. */
  readonly #kinds = new Map<string, FileKind>()

  /** By its name, or by what was told of the content before. */
  kindOf(content: string | undefined, name: string | undefined): FileKind | undefined {
    const kind = name === undefined ? undefined : kindOfName(name)
    if (content === undefined) return kind
    if (kind === undefined) return this.#kinds.get(content)
    this.#kinds.delete(content)
    this.#kinds.set(content, kind)
    trim(this.#kinds, limits.wallContentsMax)
    return kind
  }
}
