/**
 * After `tsc -b`: what people run is put into few files below dist/, one folder a bundle, since
 * loading six hundred modules takes Node longer than reading a small capture. Tests run what `tsc`
 * wrote. Packages stay outside: npm installs them, with their licences.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { repositoryRoot } from '../src/core/repository.ts'
import { type BUNDLE_FOLDERS, filesBelow } from './tree.ts'

interface Bundle {
  /** Below dist/. */
  readonly folder: (typeof BUNDLE_FOLDERS)[number]
  readonly platform: 'node' | 'browser'
  /** Name of the file → where it begins. Whatever is loaded by `import()` gets a file of its own. */
  readonly entries: Readonly<Record<string, string>>
  /** What is not put in. */
  readonly external: RegExp
}

const BUNDLES: readonly Bundle[] = [
  {
    folder: 'program',
    platform: 'node',
    entries: { peerscope: 'src/app/main.ts', index: 'src/app/index.ts' },
    // Whatever is not ours.
    external: /^[^./]/,
  },
]

async function bundle({ folder, platform, entries, external }: Bundle): Promise<void> {
  const root = repositoryRoot()
  const dir = join(root, 'dist', folder)
  const build = await rolldown({ cwd: root, input: { ...entries }, platform, external })
  const { output } = await build.write({
    dir,
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'parts/[name].js',
  })
  await build.close()
  const made = new Set(output.map(({ fileName }) => fileName))
  for (const name of filesBelow(dir)) if (!made.has(name)) rmSync(join(dir, name))
}

for (const each of BUNDLES) await bundle(each)
