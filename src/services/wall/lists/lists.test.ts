/** Lists of addresses: every form, merged, packed, hostile; who is in them; and how they are handed on. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { zipSync } from 'fflate'
import { bytesOf } from '../../../core/bytes.ts'
import { edl, ipsetRestore, nftSetFile, suricataDataset, suricataReputation } from './exports.ts'
import { Lists } from './lists.ts'
import { parseList } from './parse.ts'
import { RangeBuilder, type Ranges } from './ranges.ts'
import { unpack } from './unpack.ts'

function read(text: string, level = 128) {
  const builder = new RangeBuilder()
  const counts = parseList(bytesOf(text), level, builder)
  const table = builder.finish()
  return { ...counts, cidrs: [...table.cidrs()], table }
}

const rangesOf = (text: string): Ranges => read(text).table

test('PeerGuardian: the range follows the last colon, whatever the comment holds', () => {
  const {
    cidrs,
    table: _,
    ...counts
  } = read(
    'Some Company:1.2.4.0-1.2.4.255\nhttp://x.example:80 - evil:5.6.7.8-5.6.7.8\r\n' +
      'six:2001:db8::-2001:db8::ffff\n# no list\n\n',
  )
  assert.deepEqual(cidrs, ['1.2.4.0/24', '5.6.7.8/32', '2001:db8::/112'])
  assert.deepEqual(counts, { ranges: 3, above: 0, skipped: 0, leftOut: 0 })
})

test('eMule: octets are decimal in spite of their zeros; levels decide', () => {
  const text =
    '001.002.004.008 - 001.002.004.010 , 000 , octal would be 8 to 8\n' +
    '010.000.000.000 - 010.255.255.255 , 127 , below\n' +
    '020.000.000.000 - 020.255.255.255 , 128 , above\n' +
    '1.2.3.4-1.2.3.5,100,Duh:2.3.4.5-2.3.4.6\n'
  const { cidrs, above } = read(text)
  assert.deepEqual(cidrs, ['1.2.3.4/31', '1.2.4.8/31', '1.2.4.10/32', '10.0.0.0/8'])
  assert.equal(above, 1)
  assert.equal(read(text, 256).above, 0)
})

test('Networks, addresses and ranges, with comments', () => {
  const { cidrs, skipped } = read(
    '192.0.2.77/24 # a comment\n198.51.100.1\n203.0.113.1-203.0.113.2 ; another\n2001:db8:1::/48\n' +
      '2001:db8::1 // one\n1.2.3\n300.1.1.1\n1.1.1.1/33\n9.9.9.9-8.8.8.8\nhello\n',
  )
  assert.deepEqual(cidrs, [
    ...['192.0.2.0/24', '198.51.100.1/32', '203.0.113.1/32', '203.0.113.2/32'],
    ...['2001:db8::1/128', '2001:db8:1::/48'],
  ])
  assert.equal(skipped, 5)
})

test('What overlaps or touches is one; the edges are inside, their neighbours are not', () => {
  const ranges = rangesOf(
    'a:1.0.0.10-1.0.0.20\nb:1.0.0.15-1.0.0.17\nc:1.0.0.21-1.0.0.30\nd:1.0.0.5-1.0.0.10\n' +
      'e:255.255.255.254-255.255.255.255\nf:0.0.0.0-0.0.0.0\ng:2001:db8::5-2001:db8::9\nh:2001:db8::a-2001:db8::b\n',
  )
  assert.equal(ranges.size, 4)
  assert.equal(ranges.addresses, 26 + 2 + 1)
  for (const ip of ['1.0.0.5', '1.0.0.30', '255.255.255.255', '255.255.255.254', '0.0.0.0']) {
    assert.equal(ranges.has(ip), true, ip)
  }
  for (const ip of [
    '1.0.0.4',
    '1.0.0.31',
    '255.255.255.253',
    '0.0.0.1',
    '2001:db8::4',
    '2001:db8::c',
  ]) {
    assert.equal(ranges.has(ip), false, ip)
  }
  assert.equal(ranges.has('2001:db8::5') && ranges.has('2001:db8::b'), true)
  assert.equal(ranges.has('no address'), false)
  assert.equal(rangesOf('').has('1.2.3.4'), false)
})

test('A range that is no network becomes several, the largest that fit', () => {
  assert.deepEqual(
    [...rangesOf('1.0.0.1-1.0.0.14').cidrs()],
    [...['1.0.0.1/32', '1.0.0.2/31', '1.0.0.4/30', '1.0.0.8/30', '1.0.0.12/31', '1.0.0.14/32']],
  )
  assert.deepEqual([...rangesOf('0.0.0.0-255.255.255.255').cidrs()], ['0.0.0.0/0'])
  assert.deepEqual([...rangesOf('::/0').cidrs()], ['::/0'])
})

test('gzip and zip are unpacked; a bomb, damage and a zip without a list are told', () => {
  const text = bytesOf('a:1.2.3.4-1.2.3.4\n')
  const plain = unpack(gzipSync(text))
  assert.deepEqual('bytes' in plain && new Uint8Array(plain.bytes), text)
  const zip = zipSync({ 'guarding.p2p': text, 'readme.html': bytesOf('<p>'), 'more.txt': text })
  assert.deepEqual(unpack(zip), { bytes: bytesOf('a:1.2.3.4-1.2.3.4\n\na:1.2.3.4-1.2.3.4\n\n') })
  assert.deepEqual(unpack(zipSync({ 'x.html': text })), { fault: 'holds no list' })
  const zeros = new Uint8Array(10_000_000)
  assert.match(JSON.stringify(unpack(gzipSync(zeros))), /fault.*becomes more than/)
  assert.match(JSON.stringify(unpack(zipSync({ 'a.dat': zeros }))), /fault.*becomes more than/)
  assert.match(JSON.stringify(unpack(gzipSync(text).subarray(0, 20))), /fault/)
  assert.match(JSON.stringify(unpack(zip.subarray(0, zip.length - 30))), /fault/)
})

test('A line that never ends, and bytes of all kinds, cost nothing and name nobody', () => {
  const noise = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7919 + (i >> 8)) % 256)
  const builder = new RangeBuilder()
  parseList(noise, 128, builder)
  parseList(new Uint8Array(50_000).fill(0x3a), 128, builder)
  parseList(bytesOf(`${'1'.repeat(4000)}.2.3.4-5.6.7.8\n${':-'.repeat(2000)}`), 128, builder)
  assert.equal(builder.size, 0)
  const full = new RangeBuilder(1)
  assert.equal(parseList(bytesOf('1.1.1.1\n2.2.2.2\n::1\n'), 128, full).leftOut, 2)
})

test('Hits are counted by list, the first that holds an address; a list expires', () => {
  const lists = new Lists()
  const START = 1_795_165_200_000_000
  const take = (name: string, text: string, more = {}) =>
    lists.take({ name, level: 128, ...more }, bytesOf(text), START)
  assert.equal(take('one', 'a:1.2.3.0-1.2.3.255\n', { for: '1h' }), undefined)
  assert.equal(take('two', '1.2.3.4\n2001:db8::/32\n'), undefined)
  assert.equal(lists.find('1.2.3.4', START), 'one')
  assert.equal(lists.find('1.2.3.4', START + 3_600_000_000), 'two')
  assert.equal(lists.find('2001:db8::9', START), 'two')
  assert.equal(lists.find('9.9.9.9', START), undefined)
  assert.deepEqual(
    lists.states.map(({ name, hits, addresses, merged }) => [name, hits, addresses, merged]),
    [
      ['one', 1, 256, 1],
      ['two', 2, 1, 2],
    ],
  )
  // A broken edition leaves the older one in its place.
  assert.equal(take('two', 'not a list\n'), 'holds no line of a list')
  assert.equal(lists.find('2001:db8::9', START), 'two')
  assert.equal(take('two', '5.5.5.5\n'), undefined)
  assert.equal(lists.find('2001:db8::9', START), undefined)
  lists.drop('one')
  assert.equal(lists.find('1.2.3.4', START), undefined)
})

const SOME = rangesOf('1.2.3.0/24\n5.6.7.8-5.6.7.10\n2001:db8::/32\n')

test('Exports: nft sets, ipset, EDL, Suricata', () => {
  assert.equal(
    nftSetFile('bad', SOME),
    'table inet peerscope_lists {\n  set bad4 {\n    type ipv4_addr\n    flags interval\n    elements = {\n' +
      '      1.2.3.0-1.2.3.255, 5.6.7.8-5.6.7.10\n    }\n  }\n  set bad6 {\n    type ipv6_addr\n' +
      '    flags interval\n    elements = {\n      2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\n    }\n  }\n}\n',
  )
  assert.equal(
    ipsetRestore('bad', SOME),
    'create bad4 hash:net family inet maxelem 1024 -exist\nflush bad4\nadd bad4 1.2.3.0/24\n' +
      'add bad4 5.6.7.8/31\nadd bad4 5.6.7.10/32\n' +
      'create bad6 hash:net family inet6 maxelem 1024 -exist\nflush bad6\nadd bad6 2001:db8::/32\n',
  )
  assert.equal(edl(SOME), '1.2.3.0/24\n5.6.7.8/31\n5.6.7.10/32\n2001:db8::/32\n')
  const { text, leftOut } = suricataDataset(SOME)
  assert.equal(leftOut, 1)
  assert.equal(text.split('\n').length, 256 + 3 + 1)
  assert.match(text, /^1\.2\.3\.0\n1\.2\.3\.1\n/)
  assert.match(suricataReputation(SOME, 3), /^1\.2\.3\.0\/24,3,127\n/)
  assert.match(
    ipsetRestore('all', rangesOf('0.0.0.0/0')),
    /add all4 0\.0\.0\.0\/1\nadd all4 128\.0\.0\.0\/1\n/,
  )
})

function fed(program: string, args: string, text: string) {
  return spawnSync('unshare', ['-n', 'bash', '-c', `${program} ${args}`], {
    input: text,
    encoding: 'utf8',
  })
}

for (const [program, args, text] of [
  ['nft', '-c -f -', nftSetFile('bad', SOME)],
  ['ipset', 'restore', ipsetRestore('bad', rangesOf('0.0.0.0/0\n::/0\n2.3.4.5\n'))],
] as const) {
  const found = spawnSync('unshare', ['-n', 'bash', '-c', `command -v ${program}`])
  const skip = found.status === 0 ? false : `${program} in a network namespace is not to be had`
  test(`${program} takes what is written for it`, { skip }, () => {
    const { status, stderr } = fed(program, args, text)
    assert.equal(status, 0, stderr)
  })
}
