/** The files of the repository, as tools and their tests see them. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { repositoryRoot } from '../src/core/repository.ts'

/** `{ path: 'src/core/bytes.ts', text: '…' }`; `text` is empty where the file is binary. */
export interface TreeFile {
  readonly path: string
  readonly bytes: number
  readonly text: string
}

/** Paths of all files that are tracked or could be (not ignored), relative to the root, sorted. */
export function treePaths(root = repositoryRoot()): string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  const paths = listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
  return [...new Set(paths)].sort()
}

export function readTree(root = repositoryRoot()): TreeFile[] {
  return treePaths(root).map((path) => {
    const content = readFileSync(join(root, path))
    const binary = content.subarray(0, 8000).includes(0)
    return { path, bytes: content.length, text: binary ? '' : content.toString('utf8') }
  })
}

/** Every file below a folder, as paths relative to it. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
}

/** The folders of src/protocols that hold a protocol (the template included). */
export function protocolFolders(paths: readonly string[]): string[] {
  const names = new Set<string>()
  for (const path of paths) {
    const name = /^src\/protocols\/([^/]+)\//.exec(path)?.[1]
    if (name !== undefined && name !== 'formats') names.add(name)
  }
  return [...names].sort()
}

/** Folders below dist/ that are the bundler's, who keeps them clean itself. */
export const BUNDLE_FOLDERS = ['program', 'src/services/page/client/assets'] as const

const BUILT = /\.(?:d\.ts|js|js\.map)$/
const SOURCES = ['.ts', '.tsx'] as const

/**
 * Remove what an earlier build left of sources that are gone: a deleted test must not go on passing.
 * @returns the paths removed, relative to the root
 */
export function removeStale(root = repositoryRoot()): string[] {
  const dist = join(root, 'dist')
  const removed: string[] = []
  for (const name of filesBelow(dist)) {
    if (BUNDLE_FOLDERS.some((folder) => name.startsWith(join(folder, '/')))) continue
    if (!BUILT.test(name)) continue
    if (SOURCES.some((end) => existsSync(join(root, name.replace(BUILT, end))))) continue
    rmSync(join(dist, name))
    removed.push(relative(root, join(dist, name)))
  }
  return removed
}
