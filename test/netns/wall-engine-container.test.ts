/**
 * A wall in a container: root there and nobody outside, with a network of its own. The world is one
 * more network inside.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { repositoryFile } from '../../src/core/repository.ts'
import { cannotRun, Network } from './network.ts'
import { WALL_PROGRAMS } from './wall-site.ts'

const MAIN = repositoryFile('dist/src/app/main.js')
const PORT = 6881
const CONTAINER = [
  '--user',
  '--map-root-user',
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--mount-proc',
]

const skip = cannotRun([...WALL_PROGRAMS, 'unshare', 'nsenter']) || noContainers()

function noContainers(): string | false {
  try {
    execFileSync('unshare', [...CONTAINER, 'true'], { stdio: 'ignore' })
    return false
  } catch {
    return 'this machine lets nobody be root in a container'
  }
}

const SERVER = `require('node:net').createServer((socket) => socket.on('error', () => 0)).listen(${PORT}, '::')`

/** BEP 3: what a peer says first. */
const CALLER = `
  const hello = Buffer.concat([Buffer.from('\\x13BitTorrent protocol'), Buffer.alloc(8), Buffer.alloc(40, 7)])
  const socket = require('node:net').connect(${PORT}, process.argv[1], () => socket.write(hello))
  socket.on('error', ({ code }) => { console.log(code); process.exit() })
  socket.setTimeout(4000, () => { console.log('nothing'); process.exit() })
`

/** What is done in the container; everything in it ends with it. */
function script(folder: string): string {
  const [node, log, wall] = [process.execPath, join(folder, 'log'), join(folder, 'wall.jsonl')]
  const address = (ip: string, on: string) =>
    `ip address add ${ip} dev ${on} ${ip.includes(':') ? 'nodad' : ''}`
  return `
    set -e
    ip link set lo up
    ip link add eth0 type veth peer name eth1
    unshare --net sleep 60 & world=$!
    sleep 0.3
    ip link set eth1 netns $world
    inside="nsenter --target $world --net"
    ${address('192.168.9.1/24', 'eth0')}; ${address('fd00:9::1/64', 'eth0')}; ip link set eth0 up
    $inside ${address('192.168.9.2/24', 'eth1')}; $inside ${address('fd00:9::2/64', 'eth1')}
    $inside ip link set eth1 up
    $inside ${node} -e "$SERVER" &
    ${node} ${MAIN} wall --local --format ndjson -w ${wall} 2> ${log} & wall=$!
    for i in $(seq 100); do grep -q 'the wall stands' ${log} && break; sleep 0.1; done
    for ip in 192.168.9.2 fd00:9::2; do ${node} -e "$CALLER" $ip; ${node} -e "$CALLER" $ip; done
    kill -TERM $wall; wait $wall
    echo "rules left: $( (iptables-save; ip6tables-save) | grep -c PEERSCOPE)"
  `
}

test('in a container a wall resets what it blocks, over IPv4 and IPv6, and leaves nothing', {
  skip,
}, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const file = join(network.folder, 'script')
  writeFileSync(file, script(network.folder))
  const said = execFileSync('unshare', [...CONTAINER, 'bash', file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
    env: { ...process.env, SERVER, CALLER },
  })
  const lines = said.trim().split('\n')
  assert.deepEqual(lines, [
    ...['ECONNRESET', 'ECONNREFUSED', 'ECONNRESET', 'ECONNREFUSED'],
    'rules left: 0',
  ])
  const decisions = readFileSync(join(network.folder, 'wall.jsonl'), 'utf8').trim().split('\n')
  const hosts = decisions.map((line) => (JSON.parse(line) as { host: string }).host)
  assert.deepEqual(hosts, ['192.168.9.1', '192.168.9.1', 'fd00:9::1', 'fd00:9::1'])
})
