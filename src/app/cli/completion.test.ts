/** What shells are told is what the commands take. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { completionText } from './completion.ts'
import { program } from './program.ts'
import { shapesOf } from './shape.ts'

const shapes = shapesOf(program(() => undefined))

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0
}

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const line = ['peerscope', ...words].map((word) => `'${word}'`).join(' ')
  const script = `${completionText('bash', shapes)}
COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _peerscope; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  assert.equal(stderr, '')
  return stdout.trimEnd().split('\n')
}

test('bash offers commands, options of the command, and values of options', {
  skip: !has('bash') && 'no bash here',
}, () => {
  assert.deepEqual(offered('se'), ['serve'])
  assert.deepEqual(offered('config', 'ch'), ['check'])
  assert.deepEqual(offered('serve', '--lis'), ['--listen'])
  assert.deepEqual(offered('info', '--lis'), [''])
  assert.deepEqual(offered('-r', 'x.pcap', '--format', 'z'), ['zeek'])
  assert.deepEqual(offered('read', '--fail-on', ''), ['low', 'medium', 'high'])
  assert.deepEqual(offered('completion', 'f'), ['fish'])
  assert.ok(offered('lab', 'run', '').includes('src'))
})

for (const shell of ['zsh', 'fish'] as const) {
  test(`${shell} can read its completion`, { skip: !has(shell) && `no ${shell} here` }, (t) => {
    const folder = temporaryFolder(t)
    const path = join(folder, 'completion')
    writeFileSync(path, completionText(shell, shapes))
    const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.equal(status, 0)
  })
}

test('every option of every command is in every shell’s file', () => {
  for (const { options } of shapes) {
    for (const { long } of options) {
      assert.ok(completionText('bash', shapes).includes(long), long)
      assert.ok(completionText('zsh', shapes).includes(`*${long}[`), long)
      assert.ok(completionText('fish', shapes).includes(`-l ${long.slice(2)} `), long)
    }
  }
})
