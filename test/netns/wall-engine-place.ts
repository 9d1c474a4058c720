/** For tests of the wall's engine: a server in the world, a host of ours, a gateway between them. */
import type { TestContext } from 'node:test'
import type { Host } from './network.ts'
import { WallSite } from './wall-site.ts'

/** Where clients of BitTorrent listen. */
export const PORT = 6881

/** BEP 3: what a peer says first, as a Buffer in a program of its own. */
export const HANDSHAKE = `Buffer.concat([Buffer.from('\\x13BitTorrent protocol'), Buffer.alloc(8), Buffer.alloc(40, 7)])`

export interface Place {
  readonly site: WallSite
  readonly world: Host
  readonly ours: Host
}

/** @param server  a program for Node that listens at PORT over TCP */
export async function place(context: TestContext, server: string): Promise<Place> {
  const site = await WallSite.open(context)
  const world = await site.host('server', 'world')
  const ours = await site.host('caller', 'ours')
  world.start(process.execPath, ['-e', server])
  await site.network.until('it listens', 10, () => world.listens('tcp', PORT))
  return { site, world, ours }
}
