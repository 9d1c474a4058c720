/**
 * What else goes on in a network: web pages, names, TLS, and a stream of chance, which is what
 * encrypted P2P looks like. All of it passes between the very hosts that speak P2P, so that only
 * what is said can tell them apart.
 *
 * Run as a program it is the server: `node neighbours.js serve IP FILE`, FILE being a torrent that
 * the web server offers; or the asker: `node neighbours.js ask IP`.
 */
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { createServer as createWebServer } from 'node:http'
import { connect, createServer } from 'node:net'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Host, Network } from './network.ts'

const WEB_PORT = 8080
const DNS_PORT = 53
const CHANCE_PORT = 9000
const TLS_PORT = 8443
/** Where the servers listen: a flow to one of these is no P2P. */
export const NEIGHBOUR_PORTS: readonly number[] = [WEB_PORT, DNS_PORT, CHANCE_PORT, TLS_PORT]
/** Flows that `ask` makes at least: two pages, a name, a stream, a page over TLS. */
export const NEIGHBOUR_FLOWS_MIN = 5

/** Sizes of what is said in turn on the stream of chance, client first. */
const CHANCE_BYTES = [133, 402, 96, 60_000, 1200, 250_000] as const

export const NEIGHBOUR_PROGRAMS = ['curl', 'openssl'] as const

/** @param torrent  a torrent file that the web server offers */
export async function serveNeighbours(network: Network, host: Host, torrent: string) {
  const home = network.home()
  const [key, cert] = [`${home.path}/key.pem`, `${home.path}/cert.pem`]
  // biome-ignore format: options with their values
  await host.run('openssl', [
    'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=office', '-keyout', key, '-out', cert,
  ], home)
  const tls = [
    's_server',
    '-accept',
    String(TLS_PORT),
    '-key',
    key,
    '-cert',
    cert,
    '-www',
    '-quiet',
  ]
  host.start('openssl', tls, home)
  host.start(process.execPath, [fileURLToPath(import.meta.url), 'serve', host.ip, torrent])
  await network.until('the neighbours listen', 10, () =>
    [WEB_PORT, CHANCE_PORT, TLS_PORT].every((port) => host.listens('tcp', port)),
  )
}

export async function askNeighbours(network: Network, host: Host, server: Host): Promise<void> {
  const home = network.home()
  for (const path of ['', 'file.torrent']) {
    await host.run('curl', ['-sS', '-o', 'page', `http://${server.ip}:${WEB_PORT}/${path}`], home)
  }
  await host.run('curl', ['-sSk', '-o', 'page', `https://${server.ip}:${TLS_PORT}/`], home)
  await host.run(process.execPath, [fileURLToPath(import.meta.url), 'ask', server.ip])
}

function serve(ip: string, torrent: string): void {
  const page = Array.from({ length: 50 }, () => {
    const link = `magnet:?xt=urn:btih:${randomBytes(20).toString('hex')}`
    return `<a href="${link}">${link}</a>`
  }).join('\n')
  createWebServer((request, response) => {
    response.end(request.url === '/file.torrent' ? readFileSync(torrent) : page)
  }).listen(WEB_PORT, ip)
  createServer((socket) => sayChance(socket, 1)).listen(CHANCE_PORT, ip)
  const names = createSocket('udp4', (question, { port, address }) => {
    names.send(answerTo(question), port, address)
  })
  names.bind(DNS_PORT, ip)
}

/** An A record for whatever is asked, RFC 1035 section 4. */
function answerTo(question: Uint8Array): Uint8Array {
  const flagsAndCounts = [0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]
  // The name is the question's, at offset 12; type A, class IN, an hour, four bytes.
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 203, 0, 113, 80]
  const end = question.indexOf(0, 12) + 5
  return Uint8Array.from([
    ...question.subarray(0, 2),
    ...flagsAndCounts,
    ...question.subarray(12, end),
    ...record,
  ])
}

async function ask(ip: string): Promise<void> {
  const resolver = new Resolver()
  resolver.setServers([`${ip}:${DNS_PORT}`])
  for (const name of ['www.example.org', 'a.example', 'tracker.example.net']) {
    await resolver.resolve4(name)
  }
  await new Promise((resolve) => {
    const socket = connect(CHANCE_PORT, ip, () => sayChance(socket, 0))
    socket.on('close', resolve)
  })
}

/** Say chance whenever the other side has said all of its own. */
function sayChance(socket: ReturnType<typeof connect>, side: 0 | 1): void {
  let turn = 0
  let heard = 0
  const go = () => {
    if (turn % 2 === side && turn < CHANCE_BYTES.length) {
      socket.write(randomBytes(CHANCE_BYTES[turn++]!))
    }
    if (turn === CHANCE_BYTES.length) socket.end()
  }
  socket.on('data', (bytes) => {
    heard += bytes.length
    if (heard < CHANCE_BYTES[turn]!) return
    heard = 0
    turn++
    go()
  })
  go()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , what, ip, torrent] = process.argv
  if (what === 'serve') serve(ip!, torrent!)
  else await ask(ip!)
}
