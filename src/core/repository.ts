/** Files of the repository and beside it, for tests and tools (which may run from dist/). */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json. */
export function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'biome.json'))) folder = dirname(folder)
  return folder
}

export function repositoryFile(path: string): string {
  return join(repositoryRoot(), path)
}

/** A capture beside the project, or undefined on a machine that does not have it. */
export function sharedCapture(path: string): string | undefined {
  const file = join(repositoryRoot(), '..', 'shared', 'captures', path)
  return existsSync(file) ? file : undefined
}
