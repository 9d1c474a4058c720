/** Each rule of tidy finds what it is there for and leaves the rest alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { functionSizes, mask } from './tidy/mask.ts'
import { tidy } from './tidy.ts'
import type { TreeFile } from './tree.ts'

/** Enough of a tree that two protocols exist. */
const FOLDERS: readonly TreeFile[] = ['pebble', 'gravel'].flatMap((name) =>
  ['README.md', 'index.ts', 'recognise.ts', 'session.ts', 'logs.ts'].map((file) =>
    fileOf(`src/protocols/${name}/${file}`, ''),
  ),
)

function fileOf(path: string, text: string): TreeFile {
  return { path, text, bytes: text.length }
}

/** The rules that one more file breaks, each with what was said. */
function rulesBroken(path: string, text: string): string[] {
  const others = FOLDERS.filter((file) => file.path !== path)
  return tidy([...others, fileOf(path, text)], []).map((found) => found.rule)
}

// biome-ignore format: a table
const CASES: readonly (readonly [what: string, path: string, text: string, rules: readonly string[]])[] = [
  ['a protocol imports another', 'src/protocols/pebble/a.ts', "import { x } from '../gravel/x.ts'", ['neighbour', 'foreign-name']],
  ['a protocol imports formats', 'src/protocols/pebble/a.ts', "import { x } from '../formats/x.ts'", []],
  ['a service imports another', 'src/services/wall/a.ts', "import { x } from '../guard/x.ts'", ['neighbour']],
  ['a service imports its own', 'src/services/wall/a.ts', "import { x } from './x.ts'", []],
  ['a string names a protocol', 'src/intake/a.ts', "if (family === 'pebble') stop()", ['foreign-name']],
  ['a word that only holds the letters of one', 'src/services/wall/a.ts', 'const overpebbled = [SHARES, pebbles]', []],
  ['a name in a name', 'src/services/wall/a.ts', 'const pebblePeer = 1', ['foreign-name']],
  ['an identifier names a protocol', 'src/services/wall/a.ts', 'const isPebble = true', ['foreign-name']],
  ['a comment names a protocol', 'src/intake/a.ts', '// as pebble does', []],
  ['prose names a network', 'src/core/a.ts', "const why = 'Pebble asks again'", []],
  ['a test names a protocol', 'src/intake/a.test.ts', "check('pebble')", []],
  ['a protocol names itself', 'src/protocols/pebble/a.ts', "const name = 'pebble'", []],
  ['a protocol names another', 'src/protocols/pebble/a.ts', "const name = 'gravel'", ['foreign-name']],
  ['a protocol reads the clock', 'src/protocols/pebble/a.ts', 'const now = Date.now()', ['impure']],
  ['a protocol rolls dice', 'src/protocols/pebble/a.ts', 'const x = Math.random()', ['impure']],
  ['a protocol opens files', 'src/protocols/pebble/a.ts', "import fs from 'node:fs'", ['impure']],
  ['a protocol takes random bytes', 'src/protocols/pebble/a.ts', "import { randomBytes } from 'node:crypto'", ['impure']],
  ['a protocol hashes', 'src/protocols/pebble/a.ts', "import { createHash } from 'node:crypto'", []],
  ['intake opens sockets', 'src/intake/a.ts', "import net from 'node:net'", ['impure']],
  ['a source opens files', 'src/intake/source/a.ts', "import { openSync } from 'node:fs'", []],
  ['a service opens files', 'src/services/store/a.ts', "import { openSync } from 'node:fs'", []],
  ['a session copies with a Buffer', 'src/protocols/pebble/a.ts', 'const kept = Buffer.from(bytes)', ['impure']],
  ['a Buffer only gives its memory', 'src/intake/a.ts', 'const kept = new Uint8Array(Buffer.alloc(9).buffer)', []],
  ['a protocol shifts', 'src/protocols/pebble/a.ts', 'const x = a << 8', ['shift']],
  ['a service shifts', 'src/services/wall/a.ts', 'const x = a >>> 8', ['shift']],
  ['a number becomes unsigned', 'src/services/wall/a.ts', 'const x = (a ^ b) >>> 0', []],
  ['intake shifts', 'src/intake/a.ts', 'const x = a << 8', []],
  ['types close twice', 'src/protocols/pebble/a.ts', 'let x: Map<string, Array<number>> = y', []],
  ['a DataView', 'src/core/a.ts', 'const view = new DataView(buffer)', ['banned']],
  ['a Buffer read', 'src/intake/a.ts', 'const x = buffer.readUInt32BE(0)', ['banned']],
  ['an enum', 'src/core/a.ts', 'export enum Kind { A }', ['banned']],
  ['the word enum', 'src/core/a.ts', "const schema = { enum: ['a'] }", []],
  ['a default export', 'src/core/a.ts', 'export default x', ['banned']],
  ['any', 'src/core/a.ts', 'let x: any', ['banned']],
  ['a lonely test', 'src/core/a.test.ts', "test.only('x', () => {})", ['banned']],
  ['a leftover', 'src/core/a.ts', '// TO' + 'DO: later', ['leftover']],
  ['a leftover with its issue', 'src/core/a.ts', '// TO' + 'DO #12: later', []],
  ['a long file', 'src/core/a.ts', 'x\n'.repeat(401), ['file-size']],
  ['a long function', 'src/core/a.ts', `function long() {\n${'  x()\n'.repeat(70)}}\n`, ['function-size']],
  ['a function of a screen', 'src/core/a.ts', `function fits() {\n${'  x()\n'.repeat(68)}}\n`, []],
  ['a path of one machine', 'docs/a.md', 'see /ro' + 'ot/notes', ['foreign-place']],
  ['a URL that looks like one', 'docs/a.md', 'see https://example.org/tmp/x', []],
  ['the host of a registry', 'docs/a.md', 'from registry.npm' + 'js.org', ['foreign-place']],
]

for (const [what, path, text, rules] of CASES) {
  test(what, () => assert.deepEqual(rulesBroken(path, text), rules))
}

test('a protocol folder lacks a file', () => {
  assert.deepEqual(rulesBroken('src/protocols/slate/index.ts', ''), Array(4).fill('protocol-files'))
})

test('a fixture is told in SOURCES.md, or it fails', () => {
  assert.deepEqual(rulesBroken('src/protocols/pebble/fixtures/a.pcap', ''), ['fixture'])
  const told = [
    ...FOLDERS,
    fileOf('src/protocols/pebble/fixtures/SOURCES.md', '| `a.pcap` | made |'),
    fileOf('src/protocols/pebble/fixtures/a.pcap', ''),
    fileOf('src/protocols/pebble/fixtures/a.events.jsonl', ''),
  ]
  assert.deepEqual(tidy(told, []), [])
  const large = { path: 'src/protocols/pebble/fixtures/a.pcap', text: '', bytes: 100_001 }
  assert.equal(tidy([...told.slice(0, -2), large], []).length, 1)
})

test('an exemption silences its finding, and fails once nothing needs it', () => {
  const bad = fileOf('src/core/a.ts', 'x\n'.repeat(401))
  const exemption = { rule: 'file-size', path: bad.path, reason: 'a table' }
  assert.deepEqual(tidy([...FOLDERS, bad], [exemption]), [])
  const unused = tidy([...FOLDERS], [exemption])
  assert.deepEqual(
    unused.map((found) => found.what),
    ['is exempt without need'],
  )
})

test('masks keep offsets and tell code, strings and comments apart', () => {
  const template = ['`p$', "{f('q')}r`"].join('')
  const source = `const a = 'x // y' // z\nconst b = ${template}; /[/'{]/.test(a)\nc / d / e\n`
  const masked = mask(source)
  assert.equal(masked.code.length, source.length)
  assert.equal(masked.comments.trim(), '// z')
  assert.deepEqual(masked.strings, ['x // y', 'p', 'q', 'r'])
  assert.match(masked.code, /c \/ d \/ e/)
})

test('an end of an element is no regular expression', () => {
  const source = `
function List() {
  return <p><b>all</b>{rows.map((row) => {
    return <hr />
  })}</p>
}
function After() {
}
`
  assert.deepEqual(
    functionSizes(mask(source).code).map(({ name, lines }) => [name, lines]),
    [
      ['List', 5],
      ['(arrow)', 3],
      ['After', 2],
    ],
  )
})

test('functions are measured in every shape, control flow is not', () => {
  const source = `
function plain(a: number): { kept: string } {
  if (a) {
    b()
  }
}
class C {
  method(): void {
    for (const x of y) {
    }
  }
}
const arrow = (a: number) => {
}
`
  assert.deepEqual(
    functionSizes(mask(source).code).map(({ name, lines }) => [name, lines]),
    [
      ['plain', 5],
      ['method', 4],
      ['arrow', 2],
    ],
  )
})
