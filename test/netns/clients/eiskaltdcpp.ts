/** eiskaltdcpp-daemon: a Direct Connect client, told what to do by JSON-RPC. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home, Host, Network } from '../network.ts'

const CONTROL_PORT = 3121

export class Eiskaltdcpp {
  readonly host: Host
  readonly nick: string
  readonly #network: Network
  #home: Home | undefined

  constructor(network: Network, host: Host, nick: string) {
    this.#network = network
    this.host = host
    this.nick = nick
  }

  /** @param shared  name → content */
  async start(port: number, shared: Readonly<Record<string, Uint8Array>>): Promise<void> {
    const network = this.#network
    const files = Object.entries(shared).map(([name, content]) => [`Shared/${name}`, content])
    const kept = { 'DCPlusPlus.xml': '', 'Downloads/keep': '', 'Temp/keep': '' }
    const home = network.home({ ...kept, ...Object.fromEntries(files) })
    this.#home = home
    const { nick, host } = this
    // The file is the client's own; only its content is new.
    writeFileSync(
      join(home.path, 'DCPlusPlus.xml'),
      configuration({ nick, ip: host.ip, port, folder: home.path }),
    )
    const folder = `${home.path}/`
    host.start('eiskaltdcpp-daemon', ['-v', '-c', folder, '-l', folder], home)
    await network.until(`eiskaltdcpp of ${nick} listens`, 15, () =>
      host.listens('tcp', CONTROL_PORT),
    )
    await this.call('share.add', { directory: `${folder}Shared/`, virtname: 'Shared' })
    await this.call('share.refresh', {})
    await network.until(`${nick} has hashed what it shares`, 20, async () =>
      (await this.hashes()).includes('"filesleft":0'),
    )
  }

  async hashes(): Promise<string> {
    return JSON.stringify(await this.call('hash.status', {}))
  }

  async call(method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const url = `http://127.0.0.1:${CONTROL_PORT}/`
    const told = await this.host.run('curl', ['-s', '-m', '5', '-d', body, url])
    return JSON.parse(told) as unknown
  }

  /** Where what it loads lies. */
  has(name: string, content: Uint8Array): boolean {
    const file = join(this.#home!.path, 'Downloads', name)
    return existsSync(file) && readFileSync(file).equals(content)
  }
}

/** Who it is: 192 bits in base 32. Those it makes itself are the same where two start in one second. */
function ownId(): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return `${[...randomBytes(38)].map((byte) => digits[byte % 32]).join('')}A`
}

function configuration(of: { nick: string; ip: string; port: number; folder: string }): string {
  const { nick, ip, port, folder } = of
  return `<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<DCPlusPlus>
<Settings>
<Nick type="string">${nick}</Nick>
<CID type="string">${ownId()}</CID>
<DownloadDirectory type="string">${folder}/Downloads/</DownloadDirectory>
<TempDownloadDirectory type="string">${folder}/Temp/</TempDownloadDirectory>
<ExternalIp type="string">${ip}</ExternalIp>
<BindAddress type="string">${ip}</BindAddress>
<InPort type="int">${port}</InPort>
<UDPPort type="int">${port}</UDPPort>
<IncomingConnections type="int">0</IncomingConnections>
<AutoDetectIncomingConnection type="int">0</AutoDetectIncomingConnection>
<UseTLS type="int">0</UseTLS>
<RequireTLS type="int">0</RequireTLS>
<Slots type="int">3</Slots>
<AutoSearch type="int">1</AutoSearch>
<HashingStartDelay type="int">0</HashingStartDelay>
</Settings>
</DCPlusPlus>
`
}
