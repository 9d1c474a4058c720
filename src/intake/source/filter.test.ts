/** Filter expressions let through exactly the packets that tcpdump lets through. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { sharedCapture } from '../../core/repository.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { Blocks, makePcapFile, payload, walk } from './captures-in-test.ts'
import { compileFilter, FilterError, filtered } from './filter.ts'
import { linkTypeOf } from './link-types.ts'
import { openCaptures } from './open.ts'

const folder = temporaryFolder()

const absent = spawnSync('tcpdump', ['--version']).error ? 'tcpdump is not installed' : false

const EXPRESSIONS = [
  '',
  'tcp',
  'udp port 53',
  'tcp port 1',
  'portrange 6881-6999',
  'not portrange 1-1023',
  'host 10.80.1.2',
  'net 10.0.0.0/8 and not net 10.80.0.0/16',
  'src net 192.168.0.0/16 or dst port 4662',
  'ip6',
  'ip6 and udp',
  'ip6 host fe80::1',
  'vlan',
  'vlan 100 and ip',
  'vlan and tcp',
  'mpls',
  'pppoes and ip',
  'arp or icmp or icmp6',
  'greater 1000',
  'less 64',
  'len > 100 and len < 200',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  'tcp[13] = 18',
  'tcp[((tcp[12] & 0xf0) >> 2):4] = 0x13426974',
  'udp[8:2] = 0x6431',
  'ip[0] & 0xf != 5',
  'ip[6:2] & 0x1fff != 0',
  'ether[0] & 1 = 1',
  'ether host 02:00:00:00:00:01',
  'ip proto 47 or ip proto 41',
  'udp[4:2] % 7 = 3 and udp[4:2] * 3 > 200 and udp[4:2] / 2 < 400',
  'tcp and (ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2)) > 0',
] as const

/** How many packets tcpdump finds, or undefined where it refuses the expression for the file. */
function tcpdumpCount(file: string, expression: string): number | undefined {
  const args = ['-n', '-r', file, '-w', '-', '--', expression]
  const done = spawnSync('tcpdump', args, { maxBuffer: 1 << 28 })
  if (done.status !== 0) return undefined
  return packetsOf(done.stdout)
}

/** Packets of a little-endian pcap, counted without our reader. */
function packetsOf(bytes: Buffer): number {
  let count = 0
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) count++
  return count
}

async function ourCount(file: string, expression: string): Promise<number> {
  const cursor = filtered(await openCaptures([file]), expression)
  const whole = await openCaptures([file])
  try {
    const packets = await walk(cursor)
    assert.equal(packets.length + cursor.skipped!, (await walk(whole)).length)
    return packets.length
  } finally {
    await cursor.close()
    await whole.close()
  }
}

/** A few captures for each kind of thing that filters look into, so that the test stays short. */
const KINDS = [
  /^real\/mixed-office-/,
  /^real\/.*(?:vlan|ipv6|frag)/,
  /^third-party\/other\/.*(?:vlan|vxlan|teredo)/,
]

function captures(): string[] {
  const root = sharedCapture('.')
  if (root === undefined) return []
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:pcap|pcapng|cap)$/.test(path))
    .sort()
  const chosen = KINDS.flatMap((kind) => paths.filter((path) => kind.test(path)).slice(0, 3))
  const perLinkType = new Map<number, string>()
  for (const path of paths) {
    const linkType = linkTypeAt(join(root, path))
    if (linkType !== 1 && !perLinkType.has(linkType)) perLinkType.set(linkType, path)
  }
  return [...chosen, ...perLinkType.values()].map((path) => join(root, path))
}

/** Of a little-endian pcap; 1 for everything else. */
function linkTypeAt(path: string): number {
  const head = Buffer.alloc(24)
  const fd = openSync(path, 'r')
  readSync(fd, head)
  closeSync(fd)
  return head.readUInt32LE(0) === 0xa1b2c3d4 ? head.readUInt32LE(20) : 1
}

test('as many packets as tcpdump, for every expression, on captures of many kinds', async (t) => {
  if (absent) return t.skip(absent)
  const files = captures()
  if (files.length === 0) return t.skip('the shared captures are not here')
  let compared = 0
  let matched = 0
  for (const [index, file] of files.entries()) {
    // Every expression meets some of the files; all of them would take a minute.
    for (const expression of EXPRESSIONS.filter(
      (_, i) => files.length < 4 || (i + index) % 3 === 0,
    )) {
      const theirs = tcpdumpCount(file, expression)
      if (theirs === undefined) continue
      assert.equal(await ourCount(file, expression), theirs, `'${expression}' on ${file}`)
      compared++
      if (expression !== '' && theirs > 0) matched++
    }
  }
  assert.ok(compared > 80 && matched > 30, `${compared} compared, ${matched} with packets`)
})

test('made packets: VLAN tags, IPv6 and cut packets, counted by hand', async (t) => {
  if (absent) return t.skip(absent)
  const macs = '020000000002 020000000001'
  const ip =
    '45000028000140004006000 0c0000201c6336402 1ae1 1ae2 00000001 00000000 50020000 00000000'
  const plain = fromHex(`${macs} 0800 ${ip}`)
  const tagged = fromHex(`${macs} 8100 0064 0800 ${ip}`)
  const twice = fromHex(`${macs} 88a8 0001 8100 0064 0800 ${ip}`)
  const six = fromHex(
    `${macs} 86dd 60000000 0008 11 40 ${'20010db8'.repeat(4)} ${'20010db8'.repeat(4)} 0035 1ae1 0008 0000`,
  )
  const cut = plain.slice(0, 30)
  const file = join(folder, 'made.pcap')
  const packets = [plain, tagged, twice, six].map((bytes) => ({ bytes }))
  writeFileSync(file, makePcapFile([...packets, { bytes: cut, wireSize: 54 }]))
  for (const [expression, count] of [
    ['tcp', 2],
    ['tcp port 6881', 1],
    ['vlan', 2],
    ['vlan 100', 1],
    ['vlan and vlan 100', 1],
    ['vlan and tcp port 6881', 1],
    ['ip6 and udp port 53', 1],
    ['greater 54', 5],
    ['less 53', 0],
    ['src host 192.0.2.1', 2],
    ['dst host 198.51.100.2', 1],
  ] as const) {
    assert.equal(await ourCount(file, expression), count, expression)
  }
})

test('frames keep their numbers, and what is left out is counted', async (t) => {
  if (absent) return t.skip(absent)
  const sizes = [10, 100, 10, 100, 100]
  const file = join(folder, 'sizes.pcap')
  writeFileSync(file, makePcapFile(sizes.map((size) => ({ bytes: payload(size) }))))
  const cursor = filtered(await openCaptures([file]), 'greater 50')
  assert.deepEqual(
    (await walk(cursor)).map(({ frame }) => frame),
    [2, 4, 5],
  )
  assert.equal(cursor.skipped, 2)
})

test('each link type of a capture is compiled for', async (t) => {
  if (absent) return t.skip(absent)
  const ip = fromHex('45000014000000004006 0000 c0000201 c6336402')
  const blocks = new Blocks()
  const file = join(folder, 'links.pcapng')
  const packet = (interfaceId: number, header: string) =>
    blocks.packet({ interfaceId, bytes: concat(fromHex(header), ip) })
  writeFileSync(
    file,
    concat(
      blocks.section(),
      ...[1, 101, 0, 113, 276, 228].map((linkType) => blocks.interface(linkType)),
      packet(0, '020000000002 020000000001 0800'),
      packet(1, ''),
      packet(2, '02000000'),
      packet(3, '0000 0001 0006 0200000000010000 0800'),
      packet(4, '0800 0000 00000002 0001 00 06 0200000000010000'),
      packet(5, ''),
      packet(5, ''),
    ),
  )
  assert.equal(await ourCount(file, 'src host 192.0.2.1 and ip proto 6'), 7)
  assert.equal(await ourCount(file, 'src host 192.0.2.2'), 0)
})

test('mistakes are said at once, in the words of tcpdump', (t) => {
  if (absent) return t.skip(absent)
  const cursor = { next: () => 'end' } as unknown as Parameters<typeof filtered>[0]
  for (const [expression, said] of [
    ['tcp prot 80', /^filter: 'tcp prot 80': .*syntax error/],
    ['host', /^filter: 'host': .*syntax error/],
    ['port nosuchport', /^filter: 'port nosuchport': .*nosuchport/],
    // Not an option of tcpdump's, although it looks like one.
    ['-w stolen', /^filter: '-w stolen': .*syntax error/],
  ] as const) {
    assert.throws(
      () => filtered(cursor, expression),
      (error: Error) => {
        assert.ok(error instanceof FilterError)
        assert.match(error.message, said)
        return true
      },
    )
  }
})

test('a link type that libpcap cannot filter is said when it turns up', async (t) => {
  if (absent) return t.skip(absent)
  const file = join(folder, 'usb.pcap')
  writeFileSync(file, makePcapFile([{ bytes: payload(60) }], { linkType: 189 }))
  const cursor = filtered(await openCaptures([file]), 'tcp')
  await assert.rejects(walk(cursor), /filter: 'tcp' for packets of USB, Linux: .*not implemented/)
  assert.equal(await ourCount(file, 'greater 60'), 1)
})

test('what only a live interface knows is refused, not answered with nothing', async (t) => {
  if (absent) return t.skip(absent)
  const file = join(folder, 'ethernet.pcap')
  writeFileSync(file, makePcapFile([{ bytes: payload(60) }]))
  const cursor = filtered(await openCaptures([file]), 'inbound')
  await assert.rejects(walk(cursor), /'inbound' for packets of Ethernet: .*not supported/)
  // Linux cooked packets do say their direction: 4 is outgoing.
  const cooked = join(folder, 'cooked.pcap')
  const packets = [0, 4, 4].map((direction) => ({
    bytes: concat(Uint8Array.of(0, direction), payload(40)),
  }))
  writeFileSync(cooked, makePcapFile(packets, { linkType: 113 }))
  assert.equal(await ourCount(cooked, 'outbound'), 2)
})

test('loopback headers of either byte order, and of every system, are understood', async (t) => {
  if (absent) return t.skip(absent)
  const ip = fromHex('45000014000000004006 0000 c0000201 c6336402')
  const ip6 = fromHex(`60000000 0008 11 40 ${'20010db8'.repeat(8)} 0035 1ae1 0008 0000`)
  const file = join(folder, 'loopback.pcap')
  const packets = [
    concat(fromHex('02000000'), ip),
    concat(fromHex('00000002'), ip),
    concat(fromHex('1e000000'), ip6),
    concat(fromHex('0000001c'), ip6),
  ]
  writeFileSync(
    file,
    makePcapFile(
      packets.map((bytes) => ({ bytes })),
      { linkType: 0 },
    ),
  )
  assert.equal(await ourCount(file, 'ip proto 6'), 2)
  assert.equal(await ourCount(file, 'ip6 and udp'), 2)
  assert.equal(await ourCount(file, 'not ip'), 2)
})

/** ERF, PPP with direction, netfilter's log, Apple's PKTAP. */
const NOT_FILTERED = new Set([197, 204, 239, 258])

test('every link type that is read can be filtered, but those that libpcap cannot', (t) => {
  if (absent) return t.skip(absent)
  for (let linkType = 0; linkType < 300; linkType++) {
    if (!linkTypeOf(linkType).read) continue
    if (NOT_FILTERED.has(linkType))
      assert.throws(() => compileFilter('tcp', linkType), /not implemented/)
    else compileFilter('tcp', linkType)
  }
})
