/**
 * `npm run new-protocol <name>`: a new protocol folder out of the template, known to the build.
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repositoryRoot } from '../src/core/repository.ts'
import { filesBelow } from './tree.ts'

/** Folder, card, event and filter share the name, so it must be an identifier as well. */
const NAME = /^[a-z][a-z0-9]*$/

/** @returns the paths made or changed, relative to `root` */
export function newProtocol(root: string, name: string): string[] {
  if (!NAME.test(name)) throw new Error(`"${name}" is no name: small letters and digits only`)
  const folder = join('src', 'protocols', name)
  if (existsSync(join(root, folder))) throw new Error(`${folder} is there already`)
  cpSync(join(root, 'src', 'protocols', 'template'), join(root, folder), { recursive: true })
  const made = filesBelow(join(root, folder)).map((file) => join(folder, file))
  for (const path of made) {
    if (/\.(?:ts|md|json)$/.test(path)) rename(join(root, path), name)
  }
  writeFileSync(join(root, folder, 'README.md'), readme(name))
  return [...made, ...projects(root).filter((path) => refer(join(root, path), name))]
}

function rename(file: string, name: string): void {
  const title = name[0]!.toUpperCase() + name.slice(1)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replaceAll('template', name).replaceAll('Template', title))
}

function readme(name: string): string {
  return [
    `# ${name}`,
    '',
    '- Sources: which specifications, programs and captures say what stands here.',
    '- Dialects: which programs speak it differently, and how that shows.',
    '- Ports: by custom. A port is never evidence.',
    '- Parts of its claims: what listens at an endpoint that is told of, in its own words.',
    '- What cannot be seen: encrypted, compressed, or never found in a capture.',
    '- History: when it was in use, and what became of it.',
    '',
  ].join('\n')
}

/** Every tsconfig.json outside node_modules and dist, relative to `root`. */
function projects(root: string): string[] {
  return ['.', 'src', 'test', 'tools', 'bench'].flatMap((top) => {
    if (!existsSync(join(root, top))) return []
    const names = top === 'src' ? filesBelow(join(root, top)) : readdirSync(join(root, top))
    return names
      .filter((file) => /(?:^|\/)tsconfig\.json$/.test(file))
      .map((file) => join(top, file))
  })
}

/** Wherever the template is referred to, the new one is too. */
function refer(file: string, name: string): boolean {
  const text = readFileSync(file, 'utf8')
  const config = JSON.parse(text) as { references?: { path: string }[] }
  const at = (config.references ?? []).findIndex(({ path }) => /(?:^|\/)template$/.test(path))
  if (at < 0) return false
  const path = config.references![at]!.path.replace(/template$/, name)
  config.references!.splice(at, 0, { path })
  writeFileSync(file, `${JSON.stringify(config, undefined, 2)}\n`)
  return true
}

function main(): void {
  const name = process.argv[2]
  if (name === undefined) {
    console.error('usage: npm run new-protocol <name>')
    process.exitCode = 2
    return
  }
  try {
    for (const path of newProtocol(repositoryRoot(), name)) console.log(path)
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
    return
  }
  console.log(`
Next:
  1. src/protocols/${name}/README.md: the sources.
  2. wire/, one file per wire; keep checkWire in its test.
  3. recognise.ts: first bytes, with reasons. A fixture that shows them, told in fixtures/SOURCES.md.
  4. session.ts, logs.ts.
  5. Name the card in src/protocols/index.ts, then \`npm run generate\` and \`npm run check\`.`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main()
