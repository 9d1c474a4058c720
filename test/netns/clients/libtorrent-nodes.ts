/** Many nodes of libtorrent's DHT, on hosts of a network, in one program. */
import { spawnSync } from 'node:child_process'
import { type Endpoint, endpointText } from '../../../src/core/address.ts'
import { repositoryFile } from '../../../src/core/repository.ts'
import type { Host, Network } from '../network.ts'
import type { Program } from '../program.ts'

/** That of the system, which has the package python3-libtorrent. */
const PYTHON = '/usr/bin/python3'

export function hasLibtorrent(): boolean {
  return spawnSync(PYTHON, ['-c', 'import libtorrent']).status === 0
}

export interface NodesHost {
  readonly host: Host
  /** All that it has. */
  readonly ips: readonly string[]
}

/** A session on each host, with a node for each of its addresses. */
export async function startLibtorrentNodes(
  network: Network,
  hosts: readonly NodesHost[],
  { entry, contents }: { readonly entry: Endpoint; readonly contents: readonly string[] },
): Promise<Program> {
  const told = {
    ...{ entry: endpointText(entry), port: entry.port, contents },
    hosts: hosts.map(({ host, ips }) => ({ namespace: host.namespace, ips })),
  }
  const script = repositoryFile('test/netns/clients/libtorrent-nodes.py')
  const program = hosts[0]!.host.start(PYTHON, [script, JSON.stringify(told)])
  await network.until('all is announced in the DHT', 60, () =>
    program.output.includes('all is announced'),
  )
  return program
}
