/**
 * The finer walls of the design, each a rule over one source file. The coarse ones (which folder may
 * import which) are held by the tsconfig references: `tsc -b` refuses a wrong arrow.
 */
import { functionSizes, lineOf, type Masked, mask } from './mask.ts'

export interface Finding {
  readonly rule: string
  readonly path: string
  readonly line: number
  readonly what: string
}

export interface Source {
  readonly path: string
  readonly text: string
  readonly masked: Masked
  readonly role: Role
}

/** Where a file stands decides which walls it meets. */
export interface Role {
  /** First folder below src/, or the top folder. */
  readonly part: string
  /** The protocol or service, where it belongs to one. */
  readonly own: string | undefined
  /** Tests, examinations and makers of captures may use files, clocks and names of all kinds. */
  readonly isTest: boolean
}

export type Rule = (source: Source, names: readonly string[]) => readonly Finding[]

const LINES_MAX = 400
const TEST_LINES_MAX = 700
const FUNCTION_LINES_MAX = 70

function roleOf(path: string): Role {
  const [top, part, own] = path.split('/')
  const inSrc = top === 'src'
  const grouped =
    inSrc && (part === 'protocols' || part === 'services') && path.split('/').length > 3
  return {
    part: inSrc ? part! : top!,
    own: grouped ? own : undefined,
    isTest: /(?:\.test|-check|-in-test)\.ts$|(?:^|\/)make-[^/]*\.ts$/.test(path),
  }
}

export function sourceOf(path: string, text: string): Source {
  return { path, text, masked: mask(text), role: roleOf(path) }
}

function found(source: Source, rule: string, at: number, what: string): Finding {
  return { rule, path: source.path, line: lineOf(source.text, at), what }
}

/** All places where `pattern` (global) stands in one view of the source. */
function each(
  source: Source,
  view: keyof Omit<Masked, 'strings'>,
  pattern: RegExp,
  rule: string,
  what: (match: RegExpMatchArray) => string | undefined,
): Finding[] {
  const findings: Finding[] = []
  for (const match of source.masked[view].matchAll(pattern)) {
    const says = what(match)
    if (says !== undefined) findings.push(found(source, rule, match.index, says))
  }
  return findings
}

/** `from './x.ts'`, `import './x.ts'`, `import('./x.ts')` */
const IMPORT = /\b(?:from|import)\s*\(?\s*'([^']+)'/g

/** A protocol imports no other protocol, a service no other service. */
const neighbours: Rule = (source) => {
  const { part, own } = source.role
  if (own === undefined) return []
  return each(source, 'uncommented', IMPORT, 'neighbour', ([, specifier]) => {
    const target = resolve(source.path, specifier!)
    const match = /^src\/(protocols|services)\/([^/]+)\//.exec(target ?? '')
    if (match === null || match[1] !== part || match[2] === own) return undefined
    return part === 'protocols' && match[2] === 'formats'
      ? undefined
      : `${own} imports ${match[2]}: they may meet only through core and app`
  })
}

function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const parts = from.split('/').slice(0, -1)
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop()
    else if (step !== '.') parts.push(step)
  }
  return parts.join('/')
}

/** No protocol's name outside its folder and protocols/index.ts. Comments and prose may say it. */
const foreignNames: Rule = (source, names) => {
  const { part, own, isTest } = source.role
  if (!source.path.startsWith('src/') || isTest || source.path === 'src/protocols/index.ts')
    return []
  const findings: Finding[] = []
  for (const name of names) {
    if (part === 'protocols' && own === name) continue
    const says = `${name} is named outside its folder`
    findings.push(...each(source, 'code', identifierPart(name), 'foreign-name', () => says))
    // Case decides in strings: `bittorrent` is the name code compares with, `BitTorrent` is prose.
    for (const text of source.masked.strings) {
      if (!new RegExp(`(?<![A-Za-z0-9])${name}(?![a-z0-9])`).test(text)) continue
      findings.push(found(source, 'foreign-name', source.text.indexOf(text), says))
    }
  }
  return findings
}

/** A name as a word of an identifier: `ares`, `aresPeer`, `isAres`, `ARES_MAX`; not that in `ShareSaid`. */
function identifierPart(name: string): RegExp {
  const capital = name[0]!.toUpperCase() + name.slice(1)
  const shouted = `(?<![A-Za-z])${name.toUpperCase()}(?![A-Za-z])`
  return new RegExp(`(?:(?<![A-Za-z])${name}|(?<![A-Z])${capital})(?![a-z])|${shouted}`, 'g')
}

/** Words that bring in the clock, chance or the world. */
const IMPURE =
  /\b(?:Date|performance|process|setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\b|\bMath\.random\b/g

const BUFFER = /\bBuffer\.(?:alloc\w*|from|concat)\([^)]*\)(?!\.buffer)/g

const MODULES: Readonly<Record<string, RegExp>> = {
  protocols: /^(?:node:crypto|node:zlib|@noble\/hashes\/sha3\.js)$/,
  core: /^(?:node:crypto|node:zlib|fflate)$/,
  intake: /^(?:node:crypto|node:zlib|fflate|fzstd)$/,
}

/** protocols, core and intake are deterministic: no clock, chance, process, file or socket. */
const pure: Rule = (source) => {
  const allowed = MODULES[source.role.part]
  if (!source.path.startsWith('src/') || allowed === undefined || source.role.isTest) return []
  if (source.path === 'src/core/repository.ts') return []
  // The sources of packets are where files and standard input come in.
  const isSource = source.path.startsWith('src/intake/source/')
  const words = each(source, 'code', IMPURE, 'impure', ([word]) =>
    isSource && word === 'process' ? undefined : `${word} comes in as an argument, or not at all`,
  )
  const modules = each(source, 'uncommented', IMPORT, 'impure', ([, name]) => {
    if (name!.startsWith('.') || allowed.test(name!)) return undefined
    return isSource && /^node:(?:fs|fs\/promises|path|process|stream)$/.test(name!)
      ? undefined
      : `${name} is not for ${source.role.part}`
  })
  // A Buffer's slice() is a view: what a session means to copy would change under it.
  const buffers = each(source, 'code', BUFFER, 'impure', () => 'Buffer: take a Uint8Array')
  const chance = each(
    source,
    'code',
    /\brandom(?:Bytes|Int|UUID|FillSync)\b/g,
    'impure',
    ([word]) => `${word} is chance`,
  )
  return [...words, ...modules, ...buffers, ...chance]
}

/**
 * Protocols and services take bits with core/bytes.ts, which gets signs and widths right.
 * `>>> 0` only makes a number unsigned.
 */
const shifts: Rule = (source) => {
  if (!/^src\/(?:protocols|services)\//.test(source.path) || source.role.isTest) return []
  return each(
    source,
    'code',
    / (?:<<|>>>?)=? (?!0\b)/g,
    'shift',
    () => 'use `bits` or a reader of core/bytes.ts',
  )
}

const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\b(?:const\s+)?enum\s+\w+\s*\{/g, 'enum: use a union of literals'],
  [/\bexport\s+default\b/g, 'default export: name it'],
  [/:\s*any\b|\bas\s+any\b/g, 'any: say what it is, or unknown'],
]

/** Slower than the readers of core/bytes.ts, or another way of doing the same. */
const BANNED_IN_SRC: typeof BANNED = [
  [/\bnew\s+DataView\b/g, 'DataView: use the readers of core/bytes.ts'],
  [/\.read(?:Big)?U?Int\w*\(|\.read(?:Float|Double)\w*\(/g, 'Buffer.read…: use core/bytes.ts'],
]

const banned: Rule = (source) => {
  const shipped = source.path.startsWith('src/') && !source.role.isTest
  const rows = shipped ? [...BANNED, ...BANNED_IN_SRC] : BANNED
  const findings = rows.flatMap(([pattern, what]) =>
    each(source, 'code', pattern, 'banned', () => what),
  )
  if (!source.role.isTest) return findings
  const only = each(
    source,
    'code',
    /\b(?:test|it|describe|suite)\.only\b|\bonly:\s*true/g,
    'banned',
    () => {
      return 'a test that keeps all others from running'
    },
  )
  return [...findings, ...only]
}

/** A leftover names an issue, or does not exist. */
const leftovers: Rule = (source) =>
  each(source, 'comments', /\b(?:TODO|FIXME|XXX|HACK)\b(?![^\n]*#\d+)/g, 'leftover', ([word]) => {
    return `${word} without the number of an issue`
  })

/** A function fits a screen, a file holds one idea. */
const shape: Rule = (source) => {
  const findings: Finding[] = []
  const lines = source.text.split('\n').length - 1
  const most = source.role.isTest ? TEST_LINES_MAX : LINES_MAX
  if (lines > most) findings.push(found(source, 'file-size', 0, `${lines} lines, at most ${most}`))
  if (source.role.isTest) return findings
  for (const { name, line, lines: count } of functionSizes(source.masked.code)) {
    if (count <= FUNCTION_LINES_MAX) continue
    const what = `${name}: ${count} lines, at most ${FUNCTION_LINES_MAX}`
    findings.push({ rule: 'function-size', path: source.path, line, what })
  }
  return findings
}

export const RULES: readonly Rule[] = [
  neighbours,
  foreignNames,
  pure,
  shifts,
  banned,
  leftovers,
  shape,
]
