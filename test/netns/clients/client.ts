/** A client that runs on a host as the owner of a folder, and is told what to do by a program of its own. */
import type { Home, Host } from '../network.ts'

/** Name → content. */
export type Files = Readonly<Record<string, Uint8Array>>

export abstract class Client {
  readonly host: Host
  readonly #home: Home

  protected constructor(host: Host, home: Home) {
    this.host = host
    this.#home = home
  }

  protected get folder(): string {
    return this.#home.path
  }

  /** Where what it loads lies, and what it has already. */
  protected get downloads(): string {
    return `${this.folder}/files`
  }

  /** As its owner, to its end. */
  protected run(program: string, args: readonly string[]): Promise<string> {
    return this.host.run(program, args, this.#home)
  }
}

/** What a client has already, for its home. */
export function downloaded(files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [`files/${name}`, content]),
  )
}
