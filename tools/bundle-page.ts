/**
 * The page as a browser loads it: one script, one that sets the theme before anything is drawn, one
 * style sheet, an icon and `index.html`, in dist/src/services/page/client/. Names hold a hash of
 * what is inside, so that a browser may keep them for ever. Everything is in the bundle: the page
 * works without any other server.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { repositoryFile } from '../src/core/repository.ts'

const SOURCE = repositoryFile('src/services/page/client')
const TARGET = repositoryFile('dist/src/services/page/client')

/** In the order of the cascade. */
const STYLES = [
  repositoryFile('node_modules/uplot/dist/uPlot.min.css'),
  ...['tokens', 'base', 'frame', 'parts', 'charts', 'screens', 'print'].map((name) =>
    join(SOURCE, 'styles', `${name}.css`),
  ),
]

/** `app`, `js` and its text → `assets/app-1f2e3d4c.js` */
function hashedName(name: string, extension: string, text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 10)
  return `assets/${name}-${hash}.${extension}`
}

async function script(entry: string, format: 'esm' | 'iife'): Promise<string> {
  const build = await rolldown({
    cwd: SOURCE,
    input: join(SOURCE, entry),
    platform: 'browser',
    onLog: (level, log) => {
      // A module of Node's would be left as an import that no browser can follow.
      if (level === 'warn') throw new Error(log.message)
    },
  })
  const { output } = await build.generate({ format, minify: true, comments: false })
  await build.close()
  if (output.length !== 1) throw new Error(`${entry} became ${output.length} files`)
  return output[0].code
}

/** White space and comments of a style sheet are for its readers. */
function style(): string {
  return STYLES.map((path) => readFileSync(path, 'utf8'))
    .join('\n')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
}

export async function bundlePage(): Promise<void> {
  const texts: Readonly<Record<string, string>> = {
    'early.js': await script('early.ts', 'iife'),
    'app.js': await script('main.tsx', 'esm'),
    'app.css': style(),
    'icon.svg': readFileSync(join(SOURCE, 'icon.svg'), 'utf8'),
  }
  const assets = join(TARGET, 'assets')
  mkdirSync(assets, { recursive: true })
  let html = readFileSync(join(SOURCE, 'index.html'), 'utf8')
  const made = new Set<string>()
  for (const [file, text] of Object.entries(texts)) {
    const [name, extension] = file.split('.') as [string, string]
    const path = hashedName(name, extension, text)
    writeFileSync(join(TARGET, path), text)
    made.add(path)
    html = html.replace(`{${file}}`, path)
  }
  writeFileSync(join(TARGET, 'index.html'), html)
  for (const old of readdirSync(assets)) {
    if (!made.has(`assets/${old}`)) rmSync(join(assets, old))
  }
}
