/**
 * One peer of ours on real sockets, as a program of its own, so that it can live in a namespace:
 *
 *     node live-peer.js PROTOCOL ROLE[,BUG…] IP PORT NICK
 *
 * Orders are arguments behind the nick: `{"at": 3, "order": {"do": "search", "text": "…"}}`, in seconds from
 * the start. What the peer says comes as lines of JSON.
 */
import type { Order, PeerSaid } from '../../src/core/peer.ts'
import { SocketHome } from '../../src/lab/socket-home.ts'
import { protocols } from '../../src/protocols/index.ts'

interface Timed {
  readonly at: number
  readonly order: Order
}

const [name, roleAndBugs, ip, port, nick, ...orders] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  ...string[],
]
const kind = protocols.find((each) => each.name === name)?.peer
if (kind === undefined) throw new Error(`no peer of ${name}`)
const [role, ...bugs] = roleAndBugs.split(',') as [string, ...string[]]
const settings = { role, port: Number(port), nick, bugs, isFirewalled: false }
const peer = kind.make(settings)
const tell = (said: PeerSaid) => process.stdout.write(`${JSON.stringify(said)}\n`)
// Others than its neighbours' dice.
const seed = 1 + process.pid
const home = new SocketHome(peer, ip, tell, seed)
await home.start()
for (const { at, order } of orders.map((text) => JSON.parse(text) as Timed)) {
  setTimeout(() => peer.order(order), at * 1000)
}
// A client without a port has nothing that would keep the program alive.
setInterval(() => {}, 1000)
