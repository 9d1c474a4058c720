/** What a network of namespaces makes is gone afterwards, however the process that made it ends. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { cannotRun, Network } from './network.ts'

const skip = cannotRun(['sleep'])

/** A process that makes a network and runs a program in it, then does `after`. */
const MAKER = (after: string) => `
  import { Network } from ${JSON.stringify(new URL('./network.js', import.meta.url).href)}
  const network = Network.open()
  const host = network.host('alone', [network.bridge('lan'), '198.51.100.1/24'])
  const sleep = host.start('sleep', ['1000'], network.home())
  await network.until('it runs', 5, () => sleep.pid)
  console.log([host.namespace, network.folder, sleep.pid].join(' '))
  ${after}
`

function namespaces(): string[] {
  const text = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  return text.split('\n').map((line) => line.split(' ')[0]!)
}

/** A process that ended may stand in the list until somebody asks how: then as Z. */
function isRunning(pid: string): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

// biome-ignore format: a table
const ENDINGS: readonly (readonly [how: string, code: string, signal?: NodeJS.Signals])[] = [
  ['closes it', 'await network.close()'],
  ['throws', "throw new Error('as tests do')"],
  ['exits', 'process.exit(0)'],
  ['is asked to end', 'setInterval(() => {}, 1000)', 'SIGTERM'],
  ['is killed', 'setInterval(() => {}, 1000)', 'SIGKILL'],
]

for (const [how, code, signal] of ENDINGS) {
  test(`a process that ${how}`, { skip }, async () => {
    const maker = spawn(process.execPath, ['--input-type=module', '-e', MAKER(code)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = once(maker, 'exit')
    const [said] = (await once(maker.stdout, 'data')) as [Buffer]
    const [namespace, folder, pid] = said.toString().trim().split(' ')
    if (signal !== undefined) maker.kill(signal)
    await ended
    // Nobody can clean up when killed; then the next network does.
    if (signal === 'SIGKILL') await Network.open().close()
    assert.ok(namespace!.startsWith('peerscope-'))
    assert.ok(!namespaces().includes(namespace!), namespace)
    for (let tries = 0; tries < 20 && isRunning(pid!); tries++) await pause(100)
    assert.ok(!isRunning(pid!), `process ${pid}`)
    if (signal !== 'SIGKILL') assert.ok(!existsSync(folder!), folder)
  })
}

test('hosts hear each other, and nobody else', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const [left, right] = ['198.51.100.1', '198.51.100.2'].map((ip) =>
    network.host('host', [lan, `${ip}/24`]),
  ) as [ReturnType<Network['host']>, ReturnType<Network['host']>]
  const script = `require('node:net').createServer((s) => s.end('hello')).listen(7)`
  right.start(process.execPath, ['-e', script])
  await network.until('it listens', 5, () => right.listens('tcp', 7))
  const ask = (ip: string) => [
    '-e',
    `require('node:net').connect(7, '${ip}').on('data', (b) => console.log(String(b))).on('error', (e) => console.log(e.code))`,
  ]
  assert.equal((await left.run(process.execPath, ask(right.ip))).trim(), 'hello')
  assert.equal((await left.run(process.execPath, ask('192.0.2.1'))).trim(), 'ENETUNREACH')
})

test('one process may have several networks, with the same names', { skip }, async (context) => {
  const networks = [Network.open(), Network.open()]
  for (const network of networks) {
    context.after(() => network.close())
    network.host('host', [network.bridge('lan'), '198.51.100.1/24'])
  }
  const own = namespaces().filter((name) => name.startsWith(`peerscope-${process.pid}-`))
  assert.equal(own.length, 4)
  await networks[0]!.close()
  const left = namespaces().filter((name) => own.includes(name))
  assert.equal(left.length, 2)
})

test('a program that fails is told with what it said, at once', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const host = network.host('host', [network.bridge('lan'), '198.51.100.1/24'])
  host.start('sh', ['-c', 'echo no such luck; exit 3'])
  await assert.rejects(
    network.until('something better', 60, () => false),
    /sh failed before something better[\s\S]*no such luck/,
  )
})
