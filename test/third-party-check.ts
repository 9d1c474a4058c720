/**
 * Holds Peerscope against captures of other projects, with the labels that nDPI, nDPId and those
 * projects' own expectations give their flows, and with every info hash that stands in their bytes.
 *
 *   node dist/test/third-party-check.js [FOLDER]     says what is missed, and what is called too much
 *
 * Labels and hashes are taken without asking any protocol of ours: the first from `labels/*.tsv`,
 * the second by searching the payload of each packet.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCaptures } from '../src/app/pipeline.ts'
import { type Endpoint, endpointText, ip4OfNumber, ip6, parseIp } from '../src/core/address.ts'
import { ByteWriter, hex, u32be } from '../src/core/bytes.ts'
import type { Event, Flow } from '../src/core/event.ts'
import { sharedCapture } from '../src/core/repository.ts'
import { DECODED, Decoder } from '../src/intake/packet/packet.ts'
import { decodeAt, eachPacket, payloadOf } from '../src/intake/packet/packets-in-test.ts'

/** The last word of a label (`HTTP.BitTorrent`) → the family it is here. */
const FAMILIES: Readonly<Record<string, string>> = {
  BitTorrent: 'bittorrent',
  eDonkey: 'edonkey',
  Gnutella: 'gnutella',
}

/**
 * Labels that the bytes do not bear out, or not as peer-to-peer traffic, by capture and an end of the flow, with the reason.
 * Whoever adds a row has read the packets.
 */
// biome-ignore format: a table
export const DOUBTED_LABELS = [
  ['p2p/bittorrent/btblocker-small_torrent_mse.pcap', '174.129.255.167:80', 'statistics that the program posts to its maker (ut_core BenchHttp): no other peer and no content; known by the host name'],
  ['p2p/bittorrent/ndpi-bittorrent_ip.pcap', '77.222.174.20:2866', 'known to nDPI by a list of addresses; 441,640 random bytes from the middle of a connection, nothing in the other direction'],
  ['p2p/bittorrent/ndpi-bittorrent_ip.pcap', '185.56.20.36:53646', 'the same with 34,752 bytes'],
  ['p2p/bittorrent/mercury-capture2.pcap', '67.252.131.62:55645', 'Teredo: bubbles, and IPv6 packets with a TCP connection that only says four zero bytes; nDPI takes other/zeek/teredo_bubble_with_payload.pcap for BitTorrent too'],
] as const

/** Flows of `other/` that are P2P all the same, by capture and an end of the flow. */
// biome-ignore format: a table
export const P2P_IN_OTHER = [
  ['other/ndpi/xf8a5-false_positives.pcapng', '192.168.1.204:28707', 'Vuze DHT: requests (find-value, ping) with the sender\'s port in the body; each answer repeats connection and transaction number of its request; contacts in the answer parse to the last byte'],
  ['other/ndpi/xf8a5-false_positives.pcapng', '[2001:b07:a3d:c112:d881:db12:ed03:a477]:28707', 'Vuze DHT: the same host over IPv6, a ping with its own address and port in the body'],
] as const

function isListed(
  list: readonly (readonly [string, string, string])[],
  capture: string,
  key: string,
): boolean {
  return list.some(([file, end]) => file === capture && ` ${key} `.includes(` ${end} `))
}

/** First words of labels of flows that are only about P2P: a look-up of a tracker's name, a web page. */
const ONLY_ABOUT = /^(DNS|TLS|QUIC)\./

/** One flow, either way round: `udp 192.0.2.1:1 198.51.100.2:2`. */
function keyOf(proto: string, a: Endpoint, b: Endpoint): string {
  return [proto.toLowerCase(), ...[endpointText(a), endpointText(b)].sort()].join(' ')
}

/** What others say of one flow. */
export interface Label {
  /** `run:nDPI-4.11-dev`, `expected:…`, `nDPId…` */
  readonly by: string
  /** As it stands there: `HTTP.BitTorrent`. */
  readonly label: string
  /** `DPI`, `DPI (cache)`, `Match by port` … */
  readonly confidence: string
  readonly family: string
}

/** What we say of one flow: several where a connection between the same ports came again. */
interface Seen {
  readonly flows: Flow[]
  /** Everything said of them, as text, to look for hashes in. */
  said: string
}

export interface Checked {
  readonly capture: string
  /** Flows with a label of a family that is read here. */
  labelled: number
  found: number
  /** Info hashes in clear, by flow. */
  hashes: number
  hashesFound: number
  readonly misses: string[]
  /** The same where the label is doubted. */
  readonly doubted: string[]
  /** Flows called P2P that nobody labels so. */
  readonly unlabelled: string[]
}

/** Labels of a capture that name a family, by flow. */
export function labelsOf(folder: string, capture: string): Map<string, Label[]> {
  const labels = new Map<string, Label[]>()
  const file = join(folder, 'labels', `${capture.replaceAll('/', '__')}.tsv`)
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [by, proto, a, b, label, confidence] = line.split('\t')
    const family = FAMILIES[label!.split('.').at(-1)!]
    if (family === undefined) continue
    const key = keyOf(proto!, labelEnd(a!), labelEnd(b!))
    const list = labels.get(key) ?? []
    list.push({ by: by!, label: label!, confidence: confidence!, family })
    labels.set(key, list)
  }
  return labels
}

/** `192.0.2.1:6881` or `[2001:db8::1]:6881`. */
function labelEnd(text: string): Endpoint {
  const colon = text.lastIndexOf(':')
  const ip = text.slice(0, colon).replace(/^\[|\]$/g, '')
  // nDPI writes a single zero group as nothing at all, which leaves two `::` in one address.
  const known = parseIp(ip) ?? parseIp(ip.replace('::', ':0:')) ?? ip
  return { ip: known, port: Number(text.slice(colon + 1)) }
}

/**
 * Places of an info hash in payload: peer handshake (BEP 3, also inside uTP), DHT (BEP 5), local
 * discovery (BEP 14), HTTP announce and scrape (BEP 3, BEP 48).
 */
const HANDSHAKE = /BitTorrent protocol[\s\S]{8}([\s\S]{20})/g
const DHT = /9:info_hash20:([\s\S]{20})/g
const LOCAL = /\r\nInfohash: ([0-9a-f]{40})\r\n/gi
const HTTP = /^GET [^ ]* HTTP\/1/
const HTTP_HASH = /[?&]info_hash=([^& ]+)/g

/** Info hashes in hex that stand in one payload, given as Latin-1 text. */
export function hashesOf(payload: string): string[] {
  const raw = [...payload.matchAll(HANDSHAKE), ...payload.matchAll(DHT)].map(([, hash]) => hash!)
  for (const [, digits] of payload.matchAll(LOCAL)) raw.push(percent(digits!.replace(/../g, '%$&')))
  for (const [, value] of HTTP.exec(payload)?.[0].matchAll(HTTP_HASH) ?? []) {
    raw.push(percent(value!))
  }
  return raw.map((hash) => hex(Buffer.from(hash, 'latin1'))).filter(({ length }) => length === 40)
}

function percent(value: string): string {
  return value.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
}

/** Connect request of a UDP tracker: constant and action 0 (BEP 15). */
const CONNECT = Buffer.from('000004172710198000000000', 'hex')

/** Hashes of an announce (action 1) or a scrape (action 2) to a UDP tracker. */
function trackerHashes(payload: Uint8Array): string[] {
  if (payload.length < 36) return []
  const action = u32be(payload, 8)
  if (action === 1) return payload.length >= 98 ? [hex(payload, 16, 20)] : []
  const found: string[] = []
  if (action === 2 && (payload.length - 16) % 20 === 0) {
    for (let at = 16; at < payload.length; at += 20) found.push(hex(payload, at, 20))
  }
  return found
}

/** Info hashes in hex by flow, found by searching every packet. */
export async function hashesIn(file: string): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>()
  /** `flow source-port` of those who asked a UDP tracker for a connection. */
  const asking = new Set<string>()
  const decoder = new Decoder()
  await eachPacket(file, (cursor) => {
    const status = decodeAt(decoder, cursor)
    if (status > DECODED.udp) return
    const payload = payloadOf(decoder)
    const hashes = hashesOf(Buffer.from(payload).toString('latin1'))
    const key = keyOfPacket(decoder)
    if (status === DECODED.udp) {
      const asker = `${key} ${decoder.packet.srcPort}`
      if (CONNECT.equals(payload.subarray(0, 12))) asking.add(asker)
      else if (asking.has(asker)) hashes.push(...trackerHashes(payload))
    }
    if (hashes.length === 0) return
    found.set(key, new Set([...(found.get(key) ?? []), ...hashes]))
  })
  return found
}

function keyOfPacket({ packet }: Decoder): string {
  const { version, src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort } = packet
  const proto = packet.protocol === 6 ? 'tcp' : 'udp'
  const ipOf = (...words: readonly [number, number, number, number]) => {
    if (version === 4) return ip4OfNumber(words[3] >>> 0)
    const writer = new ByteWriter()
    for (const word of words) writer.u32be(word >>> 0)
    return ip6(writer.finish(), 0)
  }
  return keyOf(
    proto,
    { ip: ipOf(src0, src1, src2, src3), port: srcPort },
    { ip: ipOf(dst0, dst1, dst2, dst3), port: dstPort },
  )
}

/** What we say of the flows of a capture. */
async function seenIn(file: string): Promise<Map<string, Seen>> {
  const byKey = new Map<string, Seen>()
  const keys = new Map<number, string>()
  const said = new Map<number, string[]>()
  await readCaptures({ files: [file], flows: true, everyMessage: true }, (event: Event) => {
    if (!('flow' in event)) return
    if (event.type === 'flow') {
      const key = keyOf(event.proto, ...event.ends)
      keys.set(event.flow, key)
      const seen = byKey.get(key) ?? { flows: [], said: '' }
      seen.flows.push(event)
      byKey.set(key, seen)
    } else {
      const lines = said.get(event.flow) ?? []
      lines.push(JSON.stringify(event))
      said.set(event.flow, lines)
    }
  })
  for (const [flow, lines] of said) byKey.get(keys.get(flow)!)!.said += lines.join('\n')
  return byKey
}

/** Everything of one capture below the folder, e.g. `p2p/gnutella/ndpi-gnutella.pcap`. */
export async function checkCapture(folder: string, capture: string): Promise<Checked> {
  const file = join(folder, capture)
  const checked: Checked = {
    capture,
    labelled: 0,
    found: 0,
    hashes: 0,
    hashesFound: 0,
    misses: [],
    doubted: [],
    unlabelled: [],
  }
  const labels = labelsOf(folder, capture)
  const seen = await seenIn(file)
  for (const [key, list] of labels) {
    if (list.every(({ label }) => ONLY_ABOUT.test(label))) continue
    checked.labelled++
    const families = new Set(seen.get(key)?.flows.map(({ p2p }) => p2p?.family))
    if (list.some(({ family }) => families.has(family))) checked.found++
    else if (isListed(DOUBTED_LABELS, capture, key)) checked.doubted.push(key)
    else checked.misses.push(missText(key, list, seen.get(key)))
  }
  for (const [key, hashes] of await hashesIn(file)) {
    for (const hash of hashes) {
      checked.hashes++
      if (seen.get(key)?.said.toLowerCase().includes(hash)) checked.hashesFound++
      else checked.misses.push(`${key}: info hash ${hash} stands in it and is not said`)
    }
  }
  for (const [key, { flows }] of seen) {
    for (const { p2p } of flows) {
      if (p2p === undefined || !Object.values(FAMILIES).includes(p2p.family)) continue
      if (labels.get(key)?.some(({ family }) => family === p2p.family)) continue
      if (isListed(P2P_IN_OTHER, capture, key)) continue
      checked.unlabelled.push(
        `${key}: ${p2p.family} ${p2p.part}, ${p2p.sureness}: ${p2p.reasons.join('; ')}`,
      )
    }
  }
  return checked
}

function missText(key: string, labels: readonly Label[], seen: Seen | undefined): string {
  const said = labels.map(({ by, label, confidence }) => `${label} (${confidence}, ${by})`)
  if (seen === undefined) return `${key}: no such flow; ${said.join(', ')}`
  const payload = seen.flows.map(({ payloadBytes: [a, b] }) => `${a}+${b}`).join(', ')
  return `${key}: not named; ${payload} payload bytes; ${said.join(', ')}`
}

/** The captures that MANIFEST.tsv lists, and that can be read (ERF cannot). */
export function capturesOf(folder: string, begins: string): string[] {
  return readFileSync(join(folder, 'MANIFEST.tsv'), 'utf8')
    .split('\n')
    .map((line) => line.split('\t')[0]!)
    .filter((path) => path.startsWith(begins) && !path.endsWith('.erf'))
    .filter((path) => existsSync(join(folder, path)))
    .sort()
}

/** Flows that nobody else names, shown per capture. */
const SHOWN = 5

async function main(folder: string): Promise<void> {
  for (const capture of capturesOf(folder, 'p2p/')) {
    const checked = await checkCapture(folder, capture)
    const { labelled, found, hashes, hashesFound, misses, doubted, unlabelled } = checked
    console.log(
      `${capture}: ${found} of ${labelled} labelled flows (${doubted.length} labels doubted), ` +
        `${hashesFound} of ${hashes} hashes`,
    )
    for (const miss of misses) console.log(`  MISS ${miss}`)
    for (const more of unlabelled.slice(0, SHOWN)) console.log(`  MORE ${more}`)
    if (unlabelled.length > SHOWN) console.log(`  MORE … ${unlabelled.length} in all`)
  }
  for (const capture of capturesOf(folder, 'other/')) {
    const { unlabelled } = await checkCapture(folder, capture)
    for (const wrong of unlabelled) console.log(`${capture}\n  WRONG ${wrong}`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? sharedCapture('third-party')
  if (folder === undefined) throw new Error('no folder given, and none beside the project')
  await main(folder)
}
