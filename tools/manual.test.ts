/** The manual page says every option, and roff has nothing to complain about. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { program } from '../src/app/cli/program.ts'
import { shapesOf } from '../src/app/cli/shape.ts'
import { manualPage } from './manual.ts'

const hasGroff = spawnSync('groff', ['--version']).status === 0

test('every command and every option is in it', () => {
  const page = manualPage().replaceAll('\\-', '-')
  for (const { name, options } of shapesOf(program(() => undefined))) {
    if (name !== '') assert.match(page, new RegExp(`^\\.SS .*peerscope ${name}`, 'm'))
    for (const { long } of options) assert.ok(page.includes(long), `${name} ${long}`)
  }
})

test('groff reads it without a warning', { skip: !hasGroff && 'no groff here' }, () => {
  const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-P-c', '-ww'], {
    input: manualPage(),
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  // Bold is a letter struck twice.
  const struck = new RegExp(`.${String.fromCharCode(8)}`, 'gu')
  const plain = stdout.replaceAll(struck, '')
  assert.match(plain, /^EXIT STATUS$/m)
  assert.match(plain, /peerscope serve/)
})
