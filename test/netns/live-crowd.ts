/**
 * Many peers of ours in one program, each with an address of its own that the namespace has:
 *
 *     node live-crowd.js PROTOCOL ROLE PORT ORDERS IP…
 *
 * `deaf` before the role, as in `deaf:peer`: nobody can call them, as behind a NAT. ORDERS is a list of orders, for all.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Carrier } from '../../src/core/event.ts'
import type { Order } from '../../src/core/peer.ts'
import { SocketHome } from '../../src/lab/socket-home.ts'
import { protocols } from '../../src/protocols/index.ts'

const BETWEEN_MILLIS = 50

class DeafHome extends SocketHome {
  override listen(carrier: Carrier, port: number): void {
    if (carrier === 'udp') super.listen(carrier, port)
  }
}

const [name, word, port, text, ...ips] = process.argv.slice(2) as [string, string, string, string]
const kind = protocols.find((each) => each.name === name)?.peer
if (kind === undefined) throw new Error(`no peer of ${name}`)
const [role, isDeaf] = word.startsWith('deaf:') ? [word.slice(5), true] : [word, false]
const settings = { role, port: Number(port), nick: 'crowd', bugs: [], isFirewalled: isDeaf }
const orders = JSON.parse(text) as Order[]
for (const [i, ip] of (ips as string[]).entries()) {
  const peer = kind.make(settings)
  const Home = isDeaf ? DeafHome : SocketHome
  const home = new Home(peer, ip, () => {}, 1 + process.pid + 1000 * i)
  await home.start()
  for (const order of orders) peer.order(order)
  // All at once they would be more than a capture on a busy machine can take.
  await pause(BETWEEN_MILLIS)
}
process.stdout.write('all are there\n')
setInterval(() => {}, 1000)
