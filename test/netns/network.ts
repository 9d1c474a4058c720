/**
 * Networks of this machine alone, for tests with real programs: namespaces as hosts, joined by
 * bridges that are namespaces too. Nothing in them has a way out.
 *
 * ```ts
 * const network = Network.open()
 * const lan = network.bridge('lan')
 * const alice = network.host('alice', [lan, '198.51.100.1/24'])
 * const server = alice.start('some-server', ['--port', '80'], network.home())
 * await network.until('the server listens', 5, () => alice.listens('tcp', 80))
 * await network.close()
 * ```
 *
 * What it makes is removed by `close`, by the end of the process however it comes, and, after a
 * SIGKILL, by whoever opens the next network.
 */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isInstalled } from '../../src/core/installed-in-test.ts'
import { amuleCannotAsk } from './clients/amule-clock.ts'
import { Program } from './program.ts'

/** Namespaces are named `peerscope-PID-NAME`, so that those of a dead process are known as such. */
const PREFIX = 'peerscope-'
const POLL_MILLIS = 100
/** Beside other tests a machine takes longer: so many times what it needs alone. Only a failure waits for it. */
const PATIENCE = 3
/** Programs run as users that no system has, one each. */
const FIRST_UID = 41_000
/** What may end a test early; namespaces must go then too. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

/** Of all networks of this process. */
let namespacesMade = 0

/** A folder of one program and the user who owns it. */
export interface Home {
  readonly path: string
  readonly uid: number
}

/** A link of hosts. Whoever listens on `br0` in `namespace` hears all of it. */
export interface Bridge {
  readonly namespace: string
}

export type Attachment = readonly [bridge: Bridge, address: string]

/** Why tests with real programs cannot run here, as a sentence; false where they can. */
export function cannotRun(programs: readonly string[]): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'real clients run in network namespaces, which need root on Linux'
  }
  const missing = ['ip', 'setpriv', ...programs].filter((name) => !isInstalled(name))
  if (missing.length > 0) return `real clients are not installed here: ${missing.join(', ')}`
  const isAskingNobody = programs.includes('amuled') && amuleCannotAsk(Date.now())
  if (isAskingNobody !== false) return isAskingNobody
  const probe = `${PREFIX}${process.pid}-probe`
  try {
    ip('netns', 'add', probe)
    ip('-n', probe, 'link', 'add', 'probe', 'type', 'bridge')
    return false
  } catch {
    return 'real clients run in network namespaces, which this machine does not make'
  } finally {
    removeNamespace(probe)
  }
}

export class Network {
  /** A folder for what the test writes; it goes with the network. */
  readonly folder: string
  readonly #namespaces: string[] = []
  readonly #programs: Program[] = []
  readonly #atExit = () => this.#remove()
  #homes = 0
  #ports = 0

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), PREFIX))
    chmodSync(this.folder, 0o755)
    process.on('exit', this.#atExit)
    for (const signal of SIGNALS) process.on(signal, exitNow)
  }

  static open(): Network {
    removeLeftovers()
    return new Network()
  }

  bridge(name: string): Bridge {
    const namespace = this.#namespace(name)
    ip('-n', namespace, 'link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0')
    ip('-n', namespace, 'link', 'set', 'br0', 'up')
    return { namespace }
  }

  /** A host with one interface (eth0, eth1 …) for each place it is attached to. */
  host(name: string, ...attachments: readonly Attachment[]): Host {
    const namespace = this.#namespace(name)
    attachments.forEach(([bridge, address], index) => {
      const port = `port${++this.#ports}`
      // One segment a packet: captures then show what a cable would carry.
      const end = ['link', 'add', `eth${index}`, 'gso_max_segs', '1', 'type', 'veth']
      ip('-n', namespace, ...end, 'peer', 'name', port, 'netns', bridge.namespace)
      ip('-n', bridge.namespace, 'link', 'set', port, 'master', 'br0', 'up')
      const nodad = address.includes(':') ? ['nodad'] : []
      ip('-n', namespace, 'address', 'add', address, 'dev', `eth${index}`, ...nodad)
      ip('-n', namespace, 'link', 'set', `eth${index}`, 'up')
    })
    const addresses = attachments.map(([, address]) => address.replace(/\/.*/, ''))
    return new Host(this, name, namespace, addresses)
  }

  /** A folder with these files (path → content) for a program that runs as its owner. */
  home(files: Readonly<Record<string, string | Uint8Array>> = {}): Home {
    const uid = FIRST_UID + this.#homes++
    const path = join(this.folder, String(uid))
    const own = (made: string) => chownSync(made, uid, uid)
    mkdirSync(path)
    own(path)
    for (const [name, content] of Object.entries(files)) {
      const file = join(path, name)
      const first = mkdirSync(dirname(file), { recursive: true })
      for (let made = dirname(file); first !== undefined && made !== path; made = dirname(made)) {
        own(made)
      }
      writeFileSync(file, content)
      own(file)
    }
    return { path, uid }
  }

  /** Start a program in a namespace; it ends with the network at the latest. */
  start(namespace: string, command: string, args: readonly string[], home?: Home): Program {
    const program = new Program(namespace, command, args, home)
    this.#programs.push(program)
    return program
  }

  /**
   * Wait until `condition` gives something true, and give it back.
   * @param seconds  that it may take where nothing else runs
   * @throws with what all programs said last, if that takes too long or if one of them fails
   */
  async until<T>(
    what: string,
    seconds: number,
    condition: () => T | Promise<T>,
  ): Promise<NonNullable<T>> {
    const deadline = performance.now() + PATIENCE * seconds * 1000
    for (;;) {
      const result = await condition()
      if (result) return result
      const failed = this.#programs.find((program) => program.hasFailed)
      if (failed !== undefined) throw this.#failure(`${failed.command} failed before ${what}`)
      if (performance.now() > deadline)
        throw this.#failure(`not within ${PATIENCE * seconds} s: ${what}`)
      await pause(POLL_MILLIS)
    }
  }

  /** Everything goes: programs, namespaces, folder. */
  async close(): Promise<void> {
    for (const program of this.#programs) program.kill()
    await Promise.all(this.#programs.map((program) => program.ended))
    this.#remove()
    process.off('exit', this.#atExit)
    for (const signal of SIGNALS) process.off(signal, exitNow)
  }

  #namespace(name: string): string {
    const namespace = `${PREFIX}${process.pid}-${++namespacesMade}-${name}`
    ip('netns', 'add', namespace)
    this.#namespaces.push(namespace)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
    return namespace
  }

  #remove(): void {
    for (const namespace of this.#namespaces.splice(0)) removeNamespace(namespace)
    rmSync(this.folder, { recursive: true, force: true })
  }

  #failure(what: string): Error {
    const said = this.#programs.map(
      ({ command, namespace, output }) => `--- ${command} in ${namespace}:\n${output.slice(-2000)}`,
    )
    return new Error([what, ...said].join('\n'))
  }
}

/** One host: programs started on it have its addresses and no others. */
export class Host {
  readonly name: string
  readonly namespace: string
  readonly addresses: readonly string[]
  readonly #network: Network

  constructor(network: Network, name: string, namespace: string, addresses: readonly string[]) {
    this.#network = network
    this.name = name
    this.namespace = namespace
    this.addresses = addresses
  }

  /** Its first address. */
  get ip(): string {
    return this.addresses[0]!
  }

  /** Without a home the program runs as root, in the test's own folder. */
  start(command: string, args: readonly string[], home?: Home): Program {
    return this.#network.start(this.namespace, command, args, home)
  }

  /** Run a program to its end and give its output. */
  async run(command: string, args: readonly string[], home?: Home): Promise<string> {
    const program = new Program(this.namespace, command, args, home)
    const code = await program.ended
    if (code !== 0) throw new Error(`${command} ended with ${code}:\n${program.output}`)
    return program.output
  }

  /** The version that a program says it has, such as `3.00`. */
  async versionOf(command: string): Promise<string> {
    const program = new Program(this.namespace, command, ['--version'])
    // Whether that is a success, programs do not agree upon.
    await program.ended
    const version = /\d+(?:\.\d+)+/.exec(program.output)?.[0]
    if (version === undefined) throw new Error(`${command} tells no version: ${program.output}`)
    return version
  }

  /** Whether a program on it listens on this port, on any address. */
  listens(carrier: 'tcp' | 'udp', port: number): boolean {
    const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
    // What /proc/net shows is the network of the process that is asked for.
    const shown = [`/proc/net/${carrier}`, `/proc/net/${carrier}6`]
    const text = ip('netns', 'exec', this.namespace, 'cat', ...shown)
    // Columns: slot, local address:port, remote address:port, state (0A is LISTEN) …
    return text.split('\n').some((line) => {
      const [, local, , state] = line.trim().split(/\s+/)
      return local?.endsWith(wanted) === true && (carrier === 'udp' || state === '0A')
    })
  }
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A namespace and whoever still runs in it. */
function removeNamespace(namespace: string): void {
  try {
    for (const pid of ip('netns', 'pids', namespace).split('\n')) {
      if (pid !== '') process.kill(Number(pid), 'SIGKILL')
    }
  } catch {
    // It was never made, or its last process ended in between.
  }
  try {
    ip('netns', 'delete', namespace)
  } catch {
    // Never made, or gone.
  }
}

/** Namespaces of processes that are no more. */
function removeLeftovers(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const [namespace] = line.split(' ')
    const pid = namespace?.startsWith(PREFIX) && /^\d+/.exec(namespace.slice(PREFIX.length))?.[0]
    if (pid && !existsSync(`/proc/${pid}`)) removeNamespace(namespace!)
  }
}

function exitNow(): void {
  process.exit(1)
}
