/**
 * `npm run tidy`: the walls of the design that the compiler does not hold. Rules in tidy/, what may
 * break them in tidy/exemptions.ts. `tidy.test.ts` runs the same over the whole tree.
 */
import { pathToFileURL } from 'node:url'
import { EXEMPTIONS, type Exemption } from './tidy/exemptions.ts'
import { type Finding, RULES, sourceOf } from './tidy/rules.ts'
import { foreignPlaces, protocolFiles } from './tidy/tree-rules.ts'
import { protocolFolders, readTree, type TreeFile } from './tree.ts'

export function tidy(
  files: readonly TreeFile[],
  exemptions: readonly Exemption[] = EXEMPTIONS,
): Finding[] {
  // The template's name is a common word; its card is in no list.
  const names = protocolFolders(files.map(({ path }) => path)).filter((name) => name !== 'template')
  const all = [...protocolFiles(files), ...foreignPlaces(files)]
  for (const { path, text } of files) {
    if (!/\.tsx?$/.test(path)) continue
    const source = sourceOf(path, text)
    for (const rule of RULES) all.push(...rule(source, names))
  }
  const exempt = (found: Finding) => (exemption: Exemption) =>
    exemption.rule === found.rule && exemption.path === found.path
  const unused = exemptions.filter((exemption) => !all.some((found) => exempt(found)(exemption)))
  return [
    ...all.filter((found) => !exemptions.some(exempt(found))),
    ...unused.map(({ rule, path }) => ({ rule, path, line: 1, what: 'is exempt without need' })),
  ]
}

export function shownFinding({ path, line, rule, what }: Finding): string {
  return `${path}:${line}  ${rule}  ${what}`
}

function main(): void {
  const findings = tidy(readTree())
  for (const found of findings) console.log(shownFinding(found))
  if (findings.length > 0) process.exitCode = 1
  else console.log('tidy: nothing to say')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main()
