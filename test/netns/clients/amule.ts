/** amuled: an eDonkey and Kad client, told what to do over its own remote control. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Endpoint, endpointText } from '../../../src/core/address.ts'
import { fromHex } from '../../../src/core/bytes.ts'
import { contactOf } from '../../../src/protocols/edonkey/peer-kad.ts'
import type { Home, Host, Network } from '../network.ts'

const CONTROL_PORT = 4712
const PASSWORD = 'control'
/** What a link says of a source that supports, asks for and requires obfuscation, with its hash. */
const CRYPT_OPTIONS = 0x87

export interface AmuleSettings {
  readonly nick: string
  readonly tcpPort: number
  /** Of Kad and of what clients say to each other over UDP. */
  readonly udpPort: number
  /** Refuse whoever does not obfuscate; without it nobody does. */
  readonly obfuscated: boolean
  /** Leave Kad alone: the server is where it meets others. */
  readonly server?: { readonly ip: string; readonly port: number }
}

/** A file in an eDonkey client, with what a test may expect to be told of it. */
export interface SharedFile {
  readonly name: string
  readonly content: Uint8Array
  /** In hex, lower case. */
  readonly hash: string
}

/** Whom a Kad may know: an amuled, or a node of ours. */
export type KadPeer = Pick<Amule, 'host' | 'settings' | 'kadId'>

/** Looks at the results before the search is said again. */
const ASKED_AGAIN = 15

export class Amule {
  readonly host: Host
  readonly settings: AmuleSettings
  /** By which clients know it; obfuscation takes it as key. */
  readonly userHash = randomBytes(16)
  /** By which Kad knows it, as it stands in files and messages. */
  readonly kadId = randomBytes(16)
  readonly #network: Network
  #home: Home | undefined

  /** Not yet running: clients that are to know each other must exist before. */
  constructor(network: Network, host: Host, settings: AmuleSettings) {
    this.#network = network
    this.host = host
    this.settings = settings
    // By these two bytes eMule and those after it are told from older clients.
    this.userHash[5] = 0x0e
    this.userHash[14] = 0x6f
  }

  /**
   * @param contacts  whom its Kad knows; amuled asks no client for anything before Kad answered
   * @param shared    what it shares
   */
  async start(contacts: readonly KadPeer[], shared: readonly SharedFile[] = []): Promise<void> {
    const network = this.#network
    // Incoming, where what it has and shares lies, is below the folder of its configuration.
    const home = network.home({
      'amule.conf': configuration(this.settings),
      'preferences.dat': Buffer.concat([Buffer.of(0x14), this.userHash]),
      'preferencesKad.dat': Buffer.concat([Buffer.alloc(6), this.kadId, Buffer.alloc(1)]),
      'nodes.dat': kadNodes(contacts),
      ...Object.fromEntries(shared.map(({ name, content }) => [`Incoming/${name}`, content])),
    })
    this.#home = home
    this.host.start('amuled', ['-c', home.path, '-o'], home)
    await network.until(`amuled of ${this.host.name} listens`, 15, () =>
      this.host.listens('tcp', CONTROL_PORT),
    )
    for (const { name } of shared) {
      await network.until(`${this.host.name} shares ${name}`, 15, async () =>
        (await this.#control('show shared')).includes(name),
      )
    }
  }

  /** The ed2k link of a file that this client shares, with the client as source. */
  link({ name, content, hash }: SharedFile): string {
    const { tcpPort, obfuscated } = this.settings
    const keyed = obfuscated
      ? `:${CRYPT_OPTIONS}:${this.userHash.toString('hex').toUpperCase()}`
      : ''
    return linkTo({ name, size: content.length }, hash, `${this.host.ip}:${tcpPort}${keyed}`)
  }

  /** Until its Kad is connected. */
  async isConnected(seconds: number): Promise<void> {
    await this.#network.until(`Kad of ${this.host.name} is connected`, seconds, async () =>
      (await this.#control('status')).includes('Kad: Connected'),
    )
  }

  /** Until it has an id of its server. */
  async isLoggedIn(seconds: number): Promise<void> {
    const { ip, port } = this.settings.server!
    await this.add(`ed2k://|server|${ip}|${port}|/`)
    await this.#control(`connect ${ip}:${port}`)
    await this.#network.until(`${this.host.name} is logged in`, seconds, async () =>
      /eD2k: Connected to .* with (?:HighID|LowID)/.test(await this.#control('status')),
    )
  }

  /** Until its server found a file of this name by these words. */
  async finds(words: string, name: string, seconds: number): Promise<void> {
    let asked = 0
    await this.#network.until(`${this.host.name} finds ${name}`, seconds, async () => {
      // Asked before its server knew the file, it would wait in vain.
      if (asked++ % ASKED_AGAIN === 0) await this.#control(`search local ${words}`)
      return (await this.#control('results')).includes(name)
    })
  }

  async add(link: string): Promise<void> {
    const told = await this.#control(`add ${link}`)
    if (!told.includes('Operation was successful')) throw new Error(`not added: ${told}`)
  }

  /** What it loads, and from how many, as it shows it. */
  downloads(): Promise<string> {
    return this.#control('show dl')
  }

  /** Until it has the file. */
  async has({ name, content }: SharedFile, seconds: number): Promise<void> {
    const file = join(this.#home!.path, 'Incoming', name)
    await this.#network.until(`${this.host.name} has ${name}`, seconds, () => {
      return existsSync(file) && readFileSync(file).equals(content)
    })
  }

  /** What amulecmd says. A busy amuled drops the connection of one that asks; then it is asked again. */
  async #control(command: string): Promise<string> {
    const args = ['-h', '127.0.0.1', '-p', String(CONTROL_PORT), '-P', PASSWORD, '-c', command]
    let said = ''
    await this.#network.until(`amuled of ${this.host.name} answers "${command}"`, 15, async () => {
      said = await this.host.run('amulecmd', args, this.#home!)
      return !said.includes('Connection Failed')
    })
    return said
  }
}

/** These run, know each other and the nodes, and their Kads are connected: before, none asks for anything. */
export async function meet(
  clients: readonly Amule[],
  nodes: readonly KadPeer[] = [],
): Promise<void> {
  const others = (client: Amule) => clients.filter((each) => each !== client)
  await Promise.all(clients.map((client) => client.start([...others(client), ...nodes])))
  await Promise.all(clients.map((client) => client.isConnected(30)))
}

interface NamedFile {
  readonly name: string
  /** In bytes. */
  readonly size: number
}

/** The ed2k link of a file of which these have some. */
export function fileLink(file: NamedFile, hash: string, sources: readonly Endpoint[]): string {
  return linkTo(file, hash, sources.map(endpointText).join(','))
}

function linkTo({ name, size }: NamedFile, hash: string, sources: string): string {
  const shown = name.replaceAll(' ', '%20')
  return `ed2k://|file|${shown}|${size}|${hash.toUpperCase()}|/|sources,${sources}|/`
}

/**
 * A node of ours. Its id, as it stands in files: four numbers of 32 bits, least significant byte first.
 * @param near  hash of a file that it publishes
 */
export function kadPeer(host: Host, port: number, near?: string): KadPeer {
  const { id } = contactOf({ ip: host.ip, port }, near)
  const kadId = Buffer.from(fromHex(id)).swap32()
  const ports = { tcpPort: port, udpPort: port }
  return { host, settings: { nick: '', ...ports, obfuscated: false }, kadId }
}

/** The hash is told by alcc, the link maker that comes with aMule. */
export async function shareable(
  network: Network,
  host: Host,
  name: string,
  bytes: number,
): Promise<SharedFile> {
  const content = randomBytes(bytes)
  const home = network.home({ [name]: content })
  const link = await host.run('alcc', [join(home.path, name)], home)
  return { name, content, hash: /\|([0-9A-Fa-f]{32})\|/.exec(link)![1]!.toLowerCase() }
}

/** nodes.dat, version 2: id, IPv4 (reversed), UDP and TCP port, Kad version 8, no key, verified. */
function kadNodes(contacts: readonly KadPeer[]): Uint8Array {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(2, 4)
  head.writeUInt32LE(contacts.length, 8)
  const entries = contacts.map(({ host, settings, kadId }) => {
    const entry = Buffer.alloc(34)
    kadId.copy(entry)
    Buffer.from(host.ip.split('.').map(Number).reverse()).copy(entry, 16)
    entry.writeUInt16LE(settings.udpPort, 20)
    entry.writeUInt16LE(settings.tcpPort, 22)
    entry[24] = 8
    entry[33] = 1
    return entry
  })
  return Buffer.concat([head, ...entries])
}

function configuration(settings: AmuleSettings): string {
  const { nick, tcpPort, udpPort, obfuscated, server } = settings
  const crypt = obfuscated ? 1 : 0
  return `[eMule]
Nick=${nick}
Port=${tcpPort}
UDPPort=${udpPort}
ConnectToKad=${server === undefined ? 1 : 0}
ConnectToED2K=${server === undefined ? 0 : 1}
Autoconnect=${server === undefined ? 1 : 0}
UPnPEnabled=0
MaxUpload=5000
SlotAllocation=1000
FilterLanIPs=0
SafeServerConnect=0
[ExternalConnect]
AcceptExternalConnections=1
ECPort=${CONTROL_PORT}
ECPassword=${createHash('md5').update(PASSWORD).digest('hex')}
[Obfuscation]
IsClientCryptLayerSupported=${crypt}
IsCryptLayerRequested=${crypt}
IsClientCryptLayerRequired=${crypt}
`
}
