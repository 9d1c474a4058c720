/** The repository keeps its own rules: walls, generated files, the way packages refer to each other. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { repositoryFile } from '../src/core/repository.ts'
import { generated, isStale } from '../tools/generate.ts'
import { scratchCopy } from '../tools/scratch.ts'
import { shownFinding, tidy } from '../tools/tidy.ts'
import { readTree } from '../tools/tree.ts'

test('tidy has nothing to say', () => {
  assert.deepEqual(tidy(readTree()).map(shownFinding), [])
})

test('the gate runs the test command that the README gives', () => {
  const gate = readFileSync(repositoryFile('.ci/run'), 'utf8').trim().split('\n').at(-1)!
  const readme = readFileSync(repositoryFile('README.md'), 'utf8')
  assert.ok(readme.includes(`\`\`\`sh\n${gate}\n\`\`\``), gate)
})

test('no generated file is stale', async () => {
  const stale = (await generated()).filter(isStale).map(({ path }) => path)
  assert.deepEqual(stale, [], 'run `npm run generate`')
})

test('every file that a document names is there', () => {
  const files = readTree()
  const paths = files.map(({ path }) => path)
  const missing: string[] = []
  for (const { path, text } of files) {
    if (!path.endsWith('.md') || /template\/|SOURCES\.md$/.test(path)) continue
    // In backticks: a path that ends like one of our files, or a folder of ours.
    const named = text.matchAll(
      /`((?:[\w@.*{},-]+\/)*[\w.*{},-]+\.(?:ts|tsx|md|json|yaml)|(?:src|test|tools|docs)\/[\w*{},/-]+\/)`/g,
    )
    for (const each of [...named].flatMap(([, pattern]) => spelledOut(pattern!))) {
      const ends = each.split('*').map((part) => part.replaceAll('.', '\\.'))
      const like = new RegExp(`^(?:.*/)?${ends.join('[^/]*')}${each.endsWith('/') ? '' : '$'}`)
      const there = paths.some((one) => like.test(one))
      if (!there && !EXAMPLES.has(each)) missing.push(`${path}: ${each}`)
    }
  }
  assert.deepEqual(missing, [])
})

/** `a{b,c}.ts` → `ab.ts`, `ac.ts` */
function spelledOut(pattern: string): string[] {
  const [whole, parts] = /\{([^{}]*)\}/.exec(pattern) ?? []
  if (whole === undefined) return [pattern]
  return parts!.split(',').flatMap((part) => spelledOut(pattern.replace(whole, part)))
}

/** Names in documents that stand for files to be made. */
const EXAMPLES = new Set([
  ...['make-x.ts', 'x.ts', './x.ts', 'peerscope/eve.schema.json', 'peerscope.yaml'],
])

/** [from, to]: imports that the design forbids. */
const WRONG_ARROWS = [
  ['src/core', 'src/intake'],
  ['src/linux', 'src/intake'],
  ['src/intake', 'src/protocols'],
  ['src/intake', 'src/app'],
  ['src/protocols/formats', 'src/protocols/template'],
  ['src/protocols/template', 'src/intake'],
  ['src/services/detect', 'src/services/export'],
  ['src/services/export', 'src/protocols'],
] as const

test('the compiler refuses every wrong arrow and allows the right ones', (context) => {
  const root = scratchCopy(context, (path) => /(?:^|\/)(?:tsconfig[^/]*|package)\.json$/.test(path))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const build = (folder: string) => {
    const tsc = join(root, 'node_modules', '.bin', 'tsc')
    return spawnSync(tsc, ['-b', folder], { cwd: root, encoding: 'utf8' }).stdout
  }
  const climb = (folder: string) => '../'.repeat(folder.split('/').length)
  const folders = new Set(['src/core', 'src/linux', ...WRONG_ARROWS.flat()])
  for (const folder of folders) write(`${folder}/right.ts`, 'export const right = 1\n')

  write('src/intake/uses.ts', "export { right } from '../core/right.ts'\n")
  assert.equal(build('src/intake'), '', 'intake may import core')
  for (const [from, to] of WRONG_ARROWS) {
    write(`${from}/wrong.ts`, `export { right } from '${climb(from)}${to}/right.ts'\n`)
    assert.match(build(from), /TS6307/, `${from} → ${to}`)
    write(`${from}/wrong.ts`, 'export const wrong = 1\n')
  }
})
