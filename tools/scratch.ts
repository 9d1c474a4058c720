/** A copy of the repository to change and build in tests, removed when the test is over. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { repositoryRoot } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import { treePaths } from './tree.ts'

/** Copies the files whose path `wanted` accepts; packages are borrowed from the repository. */
export function scratchCopy(context: TestContext, wanted: (path: string) => boolean): string {
  const root = repositoryRoot()
  const copy = temporaryFolder(context)
  for (const path of treePaths(root)) {
    if (!wanted(path)) continue
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}
