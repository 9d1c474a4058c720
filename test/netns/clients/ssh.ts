/** OpenSSH: a server with a key of its own, and a session in which files are copied both ways. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home, Host, Network } from '../network.ts'

const PORT = 22
/** sshd wants its whole path, to start itself anew for each session. */
const SERVER = '/usr/sbin/sshd'

export const SSH_PROGRAMS = ['sshd', 'ssh', 'scp', 'ssh-keygen'] as const

export class Ssh {
  readonly #network: Network
  readonly #server: Host
  readonly #keys: Home

  private constructor(network: Network, server: Host, keys: Home) {
    this.#network = network
    this.#server = server
    this.#keys = keys
  }

  /** Whoever has the key of the test comes in, as root of a host of the test's. */
  static async serve(network: Network, host: Host): Promise<Ssh> {
    const keys = network.home()
    const at = (name: string) => join(keys.path, name)
    for (const name of ['server', 'user']) {
      await host.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)])
    }
    // biome-ignore format: options with their values
    const options = [
      `HostKey=${at('server')}`, `AuthorizedKeysFile=${at('user.pub')}`, 'StrictModes=no', 'UsePAM=no', 'PidFile=none',
      'Subsystem=sftp internal-sftp',
      'PermitRootLogin=prohibit-password', `ListenAddress=${host.ip}:${PORT}`,
    ].flatMap((option) => ['-o', option])
    // The folder it insists on is made for it alone: a namespace of a network has mounts of its own.
    const start = 'mount -t tmpfs run /run && mkdir /run/sshd && exec "$0" "$@"'
    host.start('sh', ['-c', start, SERVER, '-D', '-e', '-f', '/dev/null', ...options])
    await network.until('sshd listens', 10, () => host.listens('tcp', PORT))
    return new Ssh(network, host, keys)
  }

  /** A command, a file there, and back again. @throws if what comes back is not what went */
  async session(from: Host, bytes: number): Promise<void> {
    const content = randomBytes(bytes)
    const home = this.#network.home({ file: content })
    const path = (name: string) => join(home.path, name)
    const there = `root@${this.#server.ip}`
    const known = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${path('known')}`]
    // biome-ignore format: options with their values
    const options = ['-q', '-F', 'none', '-i', join(this.#keys.path, 'user'), ...known.flatMap((option) => ['-o', option])]
    const said = await from.run('ssh', [...options, there, 'echo', 'hello'])
    if (said !== 'hello\n') throw new Error(`over SSH came ${said}`)
    await from.run('scp', [...options, path('file'), `${there}:${path('there')}`])
    await from.run('scp', [...options, `${there}:${path('there')}`, path('back')])
    if (!readFileSync(path('back')).equals(content)) throw new Error('a file came back changed')
  }
}
