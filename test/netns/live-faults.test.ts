/** What can happen to a watch: wrong words, no right, an interface that goes; and how it ends well. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { repositoryFile } from '../../src/core/repository.ts'
import { Watch } from './live-watch.ts'
import { type Bridge, cannotRun, type Host, Network } from './network.ts'
import { Program } from './program.ts'

const skip = cannotRun(['tcpdump'])
const MAIN = repositoryFile('dist/src/app/main.js')

interface Place {
  readonly network: Network
  readonly lan: Bridge
  readonly here: Host
  readonly there: Host
}

function place(context: TestContext): Place {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  return {
    network,
    lan,
    here: network.host('here', [lan, '198.51.100.1/24']),
    there: network.host('there', [lan, '198.51.100.2/24']),
  }
}

/** Datagrams of one host to the other, each of a size of its own from `first` on. */
async function send(from: Host, to: string, count: number, first = 1): Promise<void> {
  const code = `
    import { createSocket } from 'node:dgram'
    const socket = createSocket('udp4').bind(4000)
    for (let i = 0; i < ${count}; i++) {
      await new Promise((done) => socket.send(Buffer.alloc(${first} + i), 5000, '${to}', done))
    }
    socket.close()
  `
  await from.run(process.execPath, ['--input-type=module', '-e', code])
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' })
}

/** What is said where nothing can be watched, and the exit code. */
async function refused(
  namespace: string,
  args: readonly string[],
  uid?: number,
): Promise<readonly [number, string]> {
  const home = uid === undefined ? undefined : { path: '/', uid }
  const program = new Program(namespace, process.execPath, [MAIN, 'live', ...args], home)
  const code = await program.ended
  return [code, program.output]
}

test('what cannot be watched is told in words, with what can be done', {
  skip,
}, async (context) => {
  const { lan } = place(context)
  const ring = ['-i', 'br0', '--capture', 'ring']
  const nobody = 65_534
  // biome-ignore format: a table
  const rows: readonly (readonly [args: readonly string[], uid: number | undefined, code: number, said: RegExp])[] = [
    [['-i', 'eth7'], undefined, 1, /eth7: no such interface; there are: lo, br0, port1, port2/],
    [['-i', 'br0', '-f', 'udp prt 5'], undefined, 2, /'udp prt 5': syntax error/],
    [ring, nobody, 1, /CAP_NET_RAW: run as root .*AmbientCapabilities=CAP_NET_RAW/],
    [['-i', 'br0'], nobody, 1, /tcpdump: .*permission/i],
    [['-i', 'br0', '--capture', 'pipe', '--user', 'nobody'], undefined, 1, /--user: is for --capture ring/],
    [[...ring, '--user', 'nobody9'], undefined, 1, /there is no such user/],
  ]
  const all = rows.map(async ([args, uid, code, said]) => {
    const [ended, words] = await refused(lan.namespace, args, uid)
    assert.equal(ended, code, words)
    assert.match(words, said)
  })
  await Promise.all(all)
})

test('an interface that goes ends the watch, and what came before is told', {
  skip,
}, async (context) => {
  const { network, lan, here, there } = place(context)
  const watch = await Watch.start(network, here.namespace, 'gone', ['-i', 'eth0'])
  await send(here, there.ip, 3)
  await pause(200)
  ip('-n', lan.namespace, 'link', 'delete', 'port1')
  assert.equal(await watch.program.ended, 4)
  assert.match(watch.program.output, /eth0: it is gone/)
  const flow = watch.lines().find((line) => line.type === 'flow' && line.proto === 'UDP')
  assert.ok(flow?.type === 'flow')
  assert.equal(flow.packets[0], 3)
  assert.equal(watch.lines().at(-1)!.type, 'totals')
})

test('of several interfaces one that goes is told at once, and the others are watched on', {
  skip,
}, async (context) => {
  const { network, lan, here, there } = place(context)
  const both = ['-i', 'port1', '-i', 'port2', '--workers', '2', '-f', 'udp']
  const watch = await Watch.start(network, lan.namespace, 'one-of-two', both)
  ip('-n', lan.namespace, 'link', 'delete', 'port1')
  const said = 'port1: it is gone; the others are watched on'
  await network.until('it says that', 5, () => watch.program.output.includes(said))
  // Nobody is at the first port any more, and what is sent still comes by the second.
  const { ip: to } = here
  ip(
    '-n',
    there.namespace,
    'neighbour',
    'replace',
    to,
    'lladdr',
    '02:00:00:00:00:01',
    'dev',
    'eth0',
  )
  await send(there, to, 4)
  await pause(300)
  await watch.program.stop()
  assert.equal(await watch.program.ended, 4)
  assert.equal(watch.program.output.split(said).length, 2, watch.program.output)
  const flow = watch.lines().find((line) => line.type === 'flow' && line.proto === 'UDP')
  assert.ok(flow?.type === 'flow')
  assert.equal(flow.capture, 'port2')
})

test('a page over an interface that goes ends, so that whoever started it may again', {
  skip,
}, async (context) => {
  const { network, lan } = place(context)
  const store = join(network.folder, 'gone.duckdb')
  const page = new Program(lan.namespace, process.execPath, [
    ...[MAIN, 'serve', '-i', 'port1', '--store', store, '--listen', '127.0.0.1:0'],
  ])
  context.after(() => page.kill())
  await network.until('it listens', 20, () => page.output.includes('http://'))
  ip('-n', lan.namespace, 'link', 'delete', 'port1')
  assert.equal(await page.ended, 4)
  assert.match(page.output, /port1: it is gone[\s\S]*nothing is watched any more/)
})

test('an interface that is down and comes up again is gone on with', { skip }, async (context) => {
  const { network, here, there } = place(context)
  const watch = await Watch.start(network, here.namespace, 'down', ['-i', 'eth0', '-f', 'udp'])
  await send(here, there.ip, 2)
  ip('-n', here.namespace, 'link', 'set', 'eth0', 'down')
  await network.until('it says that', 5, () => watch.program.output.includes('eth0 is down'))
  ip('-n', here.namespace, 'link', 'set', 'eth0', 'up')
  await network.until('it says that', 5, () => watch.program.output.includes('eth0 is up'))
  await send(here, there.ip, 2)
  const { packets } = await watch.stop()
  assert.equal(packets, 4)
})

test('a signal ends it with everything that came before', { skip }, async (context) => {
  const { network, lan, here, there } = place(context)
  for (const args of [[], ['--workers', '2'], ['--capture', 'pipe']]) {
    const watch = await Watch.start(network, lan.namespace, 'signal', [
      '-i',
      'br0',
      '-f',
      'udp',
      ...args,
    ])
    await send(here, there.ip, 500)
    // Not a moment is given to the blocks that are still being filled.
    const { packets, live } = await watch.stop()
    assert.equal(packets, 500, args.join(' '))
    assert.equal(live.dropped, 0)
    const flow = watch.lines().find(({ type }) => type === 'flow')
    assert.ok(flow?.type === 'flow' && flow.packets[0] === 500, args.join(' '))
  }
})

test('a tcpdump that is behind is waited for', { skip }, async (context) => {
  const { network, lan, here, there } = place(context)
  const args = ['-i', 'br0', '-f', 'udp', '--capture', 'pipe']
  const watch = await Watch.start(network, lan.namespace, 'behind', args)
  const found = execFileSync('pgrep', ['-P', String(watch.program.pid), 'tcpdump'])
  const tcpdump = Number(found.toString())
  process.kill(tcpdump, 'SIGSTOP')
  await send(here, there.ip, 500)
  const stopped = watch.stop()
  // Longer than what is waited for where nobody is behind.
  await pause(2500)
  process.kill(tcpdump, 'SIGCONT')
  const { packets } = await stopped
  assert.equal(packets, 500)
})

test('two interfaces are watched at once, each counted from one', { skip }, async (context) => {
  const { network, lan, here, there } = place(context)
  const args = ['-i', 'port1', 'port2', '-f', 'udp']
  const watch = await Watch.start(network, lan.namespace, 'two', args)
  await send(here, there.ip, 20)
  const { packets } = await watch.stop()
  assert.equal(packets, 40)
  const flows = watch.lines().filter((line) => line.type === 'flow')
  assert.deepEqual(flows.map(({ capture, frame }) => `${capture} ${frame}`).sort(), [
    'port1 1',
    'port2 1',
  ])
  assert.deepEqual(new Set(flows.map(({ flow }) => flow)).size, 2)
})

test('asked to, it goes on in a new file', { skip }, async (context) => {
  const { network, lan, here, there } = place(context)
  const watch = await Watch.start(network, lan.namespace, 'rotated', ['-i', 'br0', '-f', 'udp'])
  renameSync(watch.file, `${watch.file}.1`)
  process.kill(watch.program.pid!, 'SIGHUP')
  await network.until('there is a new file', 5, () => watch.lines().length > 0)
  await send(here, there.ip, 1)
  const { packets } = await watch.stop()
  assert.equal(packets, 1)
  assert.match(readFileSync(`${watch.file}.1`, 'utf8'), /\}\n$/)
})

/** Frames of UDP with a tag behind the addresses. */
async function sendTagged(from: Host, tag: number, count: number): Promise<void> {
  const sender = new URL('../../bench/sender.js', import.meta.url).href
  const code = `
    import { framesOf, sendFrames } from ${JSON.stringify(sender)}
    const tagged = framesOf(100, 1).map((frame) => Uint8Array.of(
      ...frame.subarray(0, 12), 0x81, 0, 0, ${tag}, ...frame.subarray(12)))
    sendFrames('eth0', tagged, { rounds: ${count} })
  `
  await from.run(process.execPath, ['--input-type=module', '-e', code])
}

test('VLAN tags, which the kernel takes out, are put back', { skip }, async (context) => {
  const { network, lan, here } = place(context)
  const watching = (name: string, ...args: string[]) =>
    Watch.start(network, lan.namespace, name, ['-i', 'port1', ...args])
  const [all, seven, eight] = await Promise.all([
    watching('all'),
    watching('seven', '-f', 'vlan 7 and udp'),
    watching('eight', '-f', 'vlan 8'),
  ])
  await sendTagged(here, 7, 4)
  await all.stop()
  const flow = all.lines().find((line) => line.type === 'flow' && line.proto === 'UDP')
  assert.ok(flow?.type === 'flow')
  // A frame of 100 bytes has 86 of IP and 58 of payload.
  assert.deepEqual([flow.vlan, flow.packets[0]], [[7], 4])
  assert.deepEqual([flow.bytes[0], flow.payloadBytes[0]], [4 * 86, 4 * 58])
  assert.equal((await seven.stop()).packets, 4)
  assert.equal((await eight.stop()).packets, 0)
})

test('once it watches, it may not capture any more', { skip }, async (context) => {
  const { network, lan } = place(context)
  const setsOf = (watch: Watch) => {
    const tasks = `/proc/${watch.program.pid}/task`
    const setOf = (task: string | number) => {
      const status = readFileSync(`${tasks}/${task}/status`, 'utf8')
      return /^CapEff:\s*([0-9a-f]+)$/m.exec(status)![1]!
    }
    return { main: setOf(watch.program.pid!), all: [...new Set(readdirSync(tasks).map(setOf))] }
  }
  const start = (name: string, args: readonly string[], before?: readonly string[]) =>
    Watch.start(network, lan.namespace, name, ['-i', 'br0', ...args], before)
  execFileSync('chmod', ['777', network.folder])
  const [plain, piped, given, other] = await Promise.all([
    start('plain', []),
    start('piped', ['--capture', 'pipe']),
    // As the systemd unit starts it.
    start(
      'given',
      ['--capture', 'ring'],
      [
        ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'],
        ...[
          '--inh-caps=-all,+net_raw',
          '--ambient-caps=-all,+net_raw',
          '--bounding-set=-all,+net_raw',
        ],
      ],
    ),
    start('other', ['--user', 'nobody', '--workers', '2']),
  ])
  const nothing = ['0000000000000000']
  assert.deepEqual(setsOf(plain).all, nothing)
  // CAP_KILL is number 5.
  assert.equal(setsOf(piped).main, '0000000000000020')
  assert.deepEqual(setsOf(given).all, nothing)
  assert.deepEqual(setsOf(other).all, nothing)
  const status = readFileSync(`/proc/${other.program.pid}/status`, 'utf8')
  assert.match(status, /^Uid:\s+(?!0\b)\d+/m)
  await Promise.all([plain, piped, given, other].map((watch) => watch.stop()))
})
