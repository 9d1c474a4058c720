/** What is said beside the file goes before it, and each value says where it comes from. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { repositoryFile } from '../../core/repository.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { configSchema, parseConfig } from './config.ts'
import { fromEnvironment, leavesOf, parseSet, variableOf } from './overrides.ts'

const schema = configSchema()
const set = (...texts: string[]) => texts.map((text) => parseSet(schema, text))

test('--set goes before the environment, that before the file, and the last before the first', () => {
  const file = 'workers: 2\nlog: debug\nstore: { keep: 30d, size: 20GB }\n'
  const environment = { PEERSCOPE_WORKERS: '3', PEERSCOPE_STORE_KEEP: '7d', PEERSCOPE_PORT: 'x' }
  const overrides = [
    ...fromEnvironment(schema, environment),
    ...set('workers=4', 'workers=5', 'interfaces=[eth0, eth1]', 'listen=8080', 'filter=a=b'),
  ]
  const config = parseConfig(file, 'p.yaml', overrides)
  assert.equal(config.workers, 5)
  assert.deepEqual(config.store, { keep: '7d', size: '20GB' })
  assert.deepEqual(config.interfaces, ['eth0', 'eth1'])
  // A text is taken as it stands, whatever it would be in YAML.
  assert.equal(config.listen, '8080')
  assert.equal(config.filter, 'a=b')
  assert.equal(config.log, 'debug')
})

test('a part of the whole can be set at once, where the file says nothing of it too', () => {
  const config = parseConfig('store: 5\n', 'p.yaml', set('store={keep: 12h}', 'wall.mode=deny'))
  assert.deepEqual(config.store, { keep: '12h' })
  assert.equal(config.wall.mode, 'deny')
  assert.equal(parseConfig('', 'p.yaml', set('hosts={10.0.0.1: a}')).hosts['10.0.0.1'], 'a')
})

test('a slip is told with who said it', () => {
  const refused = (text: string) => () => parseConfig('log: info\n', 'p.yaml', set(text))
  assert.throws(refused('log=loud'), /^ConfigError: --set log: log: /)
  assert.throws(refused('store={kept: 1d}'), /^ConfigError: --set store: store.kept: is no key/)
  assert.throws(() => set('woker=2'), /^OverrideError: woker is no key/)
  assert.throws(() => set('constructor.name=2'), /is no key/)
  assert.throws(() => set('listen'), /is not KEY=VALUE/)
  assert.throws(() => set('workers=['), /^OverrideError: --set workers: /)
  const environment = fromEnvironment(schema, { PEERSCOPE_LISTEN: 'nowhere' })
  assert.throws(() => parseConfig('', 'p.yaml', environment), /PEERSCOPE_LISTEN: listen: /)
})

test('every key has a variable of its own', () => {
  const names = leavesOf(schema).map(([path]) => variableOf(path))
  assert.equal(new Set(names).size, names.length)
  assert.ok(names.includes('PEERSCOPE_KEEP_PACKETS') && names.includes('PEERSCOPE_WALL_MODE'))
})

test('config check says where each value comes from, and what it says can be read again', (context) => {
  const folder = temporaryFolder(context)
  const file = join(folder, 'p.yaml')
  writeFileSync(file, 'workers: 2\nnetworks:\n  - name: a\n    cidrs: [10.0.0.0/8]\n')
  const main = repositoryFile('dist/src/app/main.js')
  const check = (...args: string[]) =>
    spawnSync(process.execPath, [main, 'config', 'check', ...args], {
      encoding: 'utf8',
      env: { ...process.env, PEERSCOPE_LOG: 'warn' },
    })
  const { stdout, status } = check(file, '--set', 'keep-packets=2GB')
  assert.equal(status, 0)
  const says = new Set(stdout.split('\n').map((line) => line.trim()))
  assert.ok(says.has(`workers: 2 # ${file}:1`), stdout)
  assert.ok(says.has(`- name: a # ${file}:3`))
  assert.ok(says.has(`- 10.0.0.0/8 # ${file}:4`))
  assert.ok(says.has('policy: watch # default'))
  assert.ok(says.has('log: warn # PEERSCOPE_LOG'))
  assert.ok(says.has('keep-packets: 2GB # --set keep-packets'))
  assert.ok(says.has('listen: 127.0.0.1:8686 # default'))
  assert.ok(says.has('names: [] # default'))
  // What may also be a number is no YAML where it is a text: brackets are of an address.
  const listen = check(file, '--set', 'listen=[::1]:8080')
  assert.match(listen.stdout, /^listen: .*\[::1\]:8080.* # --set listen$/m)
  writeFileSync(file, stdout)
  assert.equal(check(file).status, 0)
  const wrong = check('--set', 'log=loud')
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /^peerscope: --set log: log: /)
  writeFileSync(file, 'store: { kep: 1d, siz: 3 }\nworkers: none\n')
  const slips = check(file).stderr.trimEnd().split('\n')
  assert.deepEqual(
    slips.map((slip) => slip.slice(`peerscope: ${file}:`.length).split(': ', 2).join(' ')).sort(),
    ['1 store.kep', '1 store.siz', '2 workers'],
  )
})
