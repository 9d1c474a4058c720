/**
 * The world of a suspect: two network namespaces joined by one link, without a way out.
 *
 *     suspect   eth0 203.0.113.5, everything lies behind 203.0.113.1
 *     stage     eth0 203.0.113.1; has all addresses of the players; every other address is nobody's,
 *               and packets to it are lost
 *
 * This process enters the stage and stays there. Namespaces go with `close`; what a killed process left
 * behind goes when the next world is made.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { KernelError, KernelUnreachable } from '../../linux/libc.ts'
import { enterNetwork } from '../../linux/namespace.ts'
import { run, runs } from '../wall/programs.ts'
import { SUSPECT_IP } from './scene.ts'

const STAGE_IP = '203.0.113.1'
export const STAGE_INTERFACE = 'eth0'
const PREFIX = 'peerscope-taint-'

/** What `ip netns exec` shows to a namespace's programs in place of /etc. */
const NAMES = '/etc/netns'

/** No world can be made here. */
export class WorldError extends Error {
  override readonly name = 'WorldError'
}

/** Whom the suspect runs as. */
export interface User {
  readonly uid: number
  readonly gid: number
}

export class World {
  readonly #suspect = `${PREFIX}${process.pid}-suspect`
  readonly #stage = `${PREFIX}${process.pid}-stage`

  /**
   * @param addresses  of the players
   * @throws WorldError
   */
  constructor(addresses: readonly string[]) {
    mayMake()
    removeLeftovers()
    try {
      this.#make(addresses)
      enterNetwork(this.#stage)
    } catch (error) {
      this.close()
      throw worldError(error)
    }
  }

  #make(addresses: readonly string[]): void {
    for (const name of [this.#suspect, this.#stage]) {
      run('ip', ['netns', 'add', name])
      run('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
    }
    // One segment a packet: the capture then shows what a cable would carry.
    const ends = [
      'link',
      'add',
      STAGE_INTERFACE,
      'gso_max_segs',
      '1',
      'type',
      'veth',
      'peer',
      'name',
      STAGE_INTERFACE,
    ]
    run('ip', ['-n', this.#suspect, ...ends, 'gso_max_segs', '1', 'netns', this.#stage])
    for (const [name, ip] of [
      [this.#suspect, SUSPECT_IP],
      [this.#stage, STAGE_IP],
    ] as const) {
      run('ip', ['-n', name, 'address', 'add', `${ip}/24`, 'dev', STAGE_INTERFACE])
      run('ip', ['-n', name, 'link', 'set', STAGE_INTERFACE, 'up'])
    }
    run('ip', ['-n', this.#suspect, 'route', 'add', 'default', 'via', STAGE_IP])
    // Names are refused at once: where nobody answers, clients wait.
    mkdirSync(`${NAMES}/${this.#suspect}`, { recursive: true })
    writeFileSync(`${NAMES}/${this.#suspect}/resolv.conf`, 'nameserver 127.0.0.1\n')
    const own = addresses.map((ip) => `route add local ${ip} dev lo\n`)
    run('ip', ['-n', this.#stage, '-batch', '-'], own.join(''))
  }

  /** A program beside the suspect's addresses, as somebody without rights. */
  start([command, ...args]: readonly string[], folder: string, { uid, gid }: User): ChildProcess {
    const rights = ['--pdeathsig', 'KILL', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
    const whole = ['netns', 'exec', this.#suspect, 'setpriv', ...rights, command!, ...args]
    return spawn('ip', whole, {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  close(): void {
    for (const name of [this.#suspect, this.#stage]) removeNamespace(name)
  }
}

function mayMake(): void {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) {
    throw new WorldError('a suspect runs in network namespaces, which need root on Linux')
  }
  for (const program of ['ip', 'setpriv']) {
    if (!isInstalled(program))
      throw new WorldError(`${program} is not installed (iproute2, util-linux)`)
  }
}

export function isInstalled(program: string): boolean {
  if (program.includes('/')) return isProgram(program)
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`
  return folders.split(delimiter).some((folder) => isProgram(join(folder, program)))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function worldError(error: unknown): Error {
  const isKnown = error instanceof KernelError || error instanceof KernelUnreachable
  if (!isKnown && (error as Error).name !== 'RulesError') return error as Error
  return new WorldError(`no namespaces here: ${(error as Error).message}`, { cause: error })
}

/** A namespace and whoever still runs in it, but for this process. */
function removeNamespace(name: string): void {
  rmSync(`${NAMES}/${name}`, { recursive: true, force: true })
  if (!existsSync(`/run/netns/${name}`)) return
  for (const pid of run('ip', ['netns', 'pids', name]).split('\n')) {
    if (pid === '' || Number(pid) === process.pid) continue
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended in between.
    }
  }
  runs('ip', ['netns', 'delete', name])
}

function removeLeftovers(): void {
  for (const line of run('ip', ['netns', 'list']).split('\n')) {
    const [name] = line.split(' ')
    const pid = name?.startsWith(PREFIX) && /^\d+/.exec(name.slice(PREFIX.length))?.[0]
    if (pid && !existsSync(`/proc/${pid}`)) removeNamespace(name!)
  }
}
