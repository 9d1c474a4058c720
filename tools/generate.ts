/**
 * `npm run generate`: every file that is made from code. A test fails while one is stale.
 *
 * Beside the pages this runs each `make-<x>.ts` of the fixtures that exports one function named
 * `make…` and no arguments: its capture is written as `<x>.pcap` beside it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repositoryFile, repositoryRoot } from '../src/core/repository.ts'
import { protocols } from '../src/protocols/index.ts'
import { eveSchemaText } from '../src/services/export/eve-schema.ts'
import { limitsPage } from './limits.ts'
import { manualPage } from './manual.ts'
import { withTable } from './readme-table.ts'
import { treePaths } from './tree.ts'

/** `{ path: 'LIMITS.md', content: '…' }`, `content` as it should be. */
export interface Generated {
  readonly path: string
  readonly content: string | Uint8Array
}

/** Everything that is generated, as it should be now. */
export async function generated(): Promise<Generated[]> {
  const readme = readFileSync(repositoryFile('README.md'), 'utf8')
  return [
    { path: 'LIMITS.md', content: limitsPage() },
    { path: 'README.md', content: withTable(readme) },
    { path: 'man/peerscope.1', content: manualPage() },
    { path: 'src/services/export/eve.schema.json', content: eveSchemaText(protocols) },
    ...(await fixtures()),
  ]
}

/** The captures that a make-<x>.ts beside them makes. */
async function fixtures(): Promise<Generated[]> {
  const made: Generated[] = []
  for (const path of treePaths()) {
    const name = /\/fixtures\/make-([^/]+)\.ts$/.exec(path)?.[1]
    if (name === undefined) continue
    const built = join(repositoryRoot(), 'dist', path.replace(/\.ts$/, '.js'))
    if (!existsSync(built)) continue
    const module = (await import(pathToFileURL(built).href)) as Record<string, unknown>
    for (const [key, make] of Object.entries(module)) {
      if (!key.startsWith('make') || typeof make !== 'function' || make.length > 0) continue
      const content: unknown = make()
      if (!(content instanceof Uint8Array)) continue
      made.push({ path: join(dirname(path), `${name}.pcap`), content })
    }
  }
  return made
}

export function isStale({ path, content }: Generated): boolean {
  const file = repositoryFile(path)
  if (!existsSync(file)) return true
  const wanted = typeof content === 'string' ? Buffer.from(content) : content
  return !readFileSync(file).equals(wanted)
}

async function main(): Promise<void> {
  for (const file of await generated()) {
    if (!isStale(file)) continue
    writeFileSync(repositoryFile(file.path), file.content)
    console.log(`made ${file.path}`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
