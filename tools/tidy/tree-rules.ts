/** The rules of tidy that look at the whole tree: which files must be there, and what none may say. */
import { protocolFolders, type TreeFile } from '../tree.ts'
import { lineOf } from './mask.ts'
import type { Finding } from './rules.ts'

const FIXTURE_BYTES_MAX = 100_000

/** What every protocol folder holds. */
const REQUIRED = ['README.md', 'index.ts', 'recognise.ts', 'session.ts', 'logs.ts']

function finding(rule: string, path: string, what: string, line = 1): Finding {
  return { rule, path, line, what }
}

/** The same file names in each protocol folder; every fixture told in SOURCES.md and small. */
export function protocolFiles(files: readonly TreeFile[]): Finding[] {
  const paths = new Map(files.map((file) => [file.path, file]))
  const findings: Finding[] = []
  for (const name of protocolFolders([...paths.keys()])) {
    const folder = `src/protocols/${name}`
    for (const file of REQUIRED) {
      if (!paths.has(`${folder}/${file}`)) {
        findings.push(finding('protocol-files', `${folder}/${file}`, 'is missing'))
      }
    }
  }
  return [...findings, ...fixtures(files)]
}

function fixtures(files: readonly TreeFile[]): Finding[] {
  const findings: Finding[] = []
  const sources = new Map(
    files.filter(({ path }) => path.endsWith('/SOURCES.md')).map(({ path, text }) => [path, text]),
  )
  for (const { path, bytes } of files) {
    const match = /^(.*\/(?:fixtures|corpus))\/(.+)$/.exec(path)
    if (match === null || /\.(?:ts|md|sh|py)$/.test(path)) continue
    if (bytes > FIXTURE_BYTES_MAX) {
      findings.push(finding('fixture', path, `${bytes} bytes, at most ${FIXTURE_BYTES_MAX}`))
    }
    if (match[1]!.endsWith('/corpus')) continue
    const told = sources.get(`${match[1]}/SOURCES.md`)
    const base = match[2]!.replace(/\.(?:events\.jsonl|[a-z0-9]+)$/, '')
    if (told === undefined) findings.push(finding('fixture', path, 'no SOURCES.md beside it'))
    else if (!told.includes(base)) findings.push(finding('fixture', path, 'not told in SOURCES.md'))
  }
  return findings
}

/** Paths of one machine. What is told apart from a URL's path or a regular expression by its start. */
const MACHINE_PATH = /(?<![\w.~:/*\\-])\/(?:work|root|tmp|home)\/[\w.-]/g
/** Hosts of package registries: names of packages are enough. */
const REGISTRY_HOST = new RegExp(
  ['registry\\.npmjs', 'npmjs\\.org', 'npmjs\\.com', 'deb\\.debian\\.org', 'pypi\\.org'].join('|'),
  'g',
)

/** The project speaks of itself alone: no path of one machine, no registry's host. */
export function foreignPlaces(files: readonly TreeFile[]): Finding[] {
  const findings: Finding[] = []
  for (const { path, text } of files) {
    if (text === '' || path.startsWith('tools/tidy/') || /\/(?:fixtures|corpus)\//.test(path))
      continue
    for (const pattern of [MACHINE_PATH, REGISTRY_HOST]) {
      for (const match of text.matchAll(pattern)) {
        const line = lineOf(text, match.index)
        findings.push(finding('foreign-place', path, `names ${match[0]}`, line))
      }
    }
  }
  return findings
}
