/** Info dictionaries: put together from pieces, checked against the hash, read in all versions. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { bytesOf, concat, hex } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import { BDict, type BValue, bencode } from '../formats/bencode.ts'
import { checkInfo, MetadataAssembly, readInfo } from './metadata.ts'

const PIECE = 16_384

function dict(entries: Record<string, BValue | undefined>): BDict {
  return BDict.of(entries)
}

function sha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(bytes).digest())
}

/** A v1 torrent large enough for three pieces of metadata. */
const LARGE = bencode(
  dict({
    length: 700_000,
    name: bytesOf('podcast.ogg'),
    'piece length': 32_768,
    pieces: new Uint8Array(40_000).fill(7),
  }),
)
const COUNT = Math.ceil(LARGE.length / PIECE)

function pieceOf(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.subarray(index * PIECE, (index + 1) * PIECE)
}

test('pieces in any order, some repeated, give the dictionary back', () => {
  assert.equal(COUNT, 3)
  for (const order of [
    [0, 1, 2],
    [2, 0, 0, 1],
    [1, 2, 1, 0],
  ]) {
    const assembly = new MetadataAssembly()
    const results = order.map((index) => assembly.add(index, LARGE.length, pieceOf(LARGE, index)))
    assert.deepEqual(results.at(-1), LARGE)
    assert.ok(results.slice(0, -1).every((result) => result === undefined))
  }
})

test('two dictionaries of different sizes may come interleaved', () => {
  const other = concat(LARGE, bytesOf('x'))
  const assembly = new MetadataAssembly()
  assembly.add(0, LARGE.length, pieceOf(LARGE, 0))
  assembly.add(0, other.length, pieceOf(other, 0))
  assembly.add(1, other.length, pieceOf(other, 1))
  assembly.add(1, LARGE.length, pieceOf(LARGE, 1))
  assert.deepEqual(assembly.add(2, other.length, pieceOf(other, 2)), other)
  assert.deepEqual(assembly.add(2, LARGE.length, pieceOf(LARGE, 2)), LARGE)
})

test('hostile sizes and indexes are left alone', () => {
  const assembly = new MetadataAssembly()
  assert.equal(assembly.add(0, -1, bytesOf('x')), undefined)
  assert.equal(assembly.add(0, 0, bytesOf('')), undefined)
  assert.equal(assembly.add(0, limits.metadataBytesMax + 1, new Uint8Array(PIECE)), undefined)
  assert.equal(assembly.add(9, 5, bytesOf('hello')), undefined)
  assert.equal(assembly.add(0, 6, bytesOf('hello')), undefined)
  assert.equal(assembly.add(2 ** 40, 5, bytesOf('hello')), undefined)
  // Many sizes, one piece each: the fifth and later are not kept.
  for (let i = 0; i < 1000; i++) assembly.add(0, 2 * PIECE + i, new Uint8Array(PIECE))
  const late = 2 * PIECE + 999
  assert.equal(assembly.add(1, late, new Uint8Array(PIECE)), undefined)
  assert.equal(assembly.add(2, late, new Uint8Array(999)), undefined)
})

test('the hash decides: right, wrong by one bit, and unknown', () => {
  const right = checkInfo(LARGE, sha1(LARGE))
  assert.equal(right?.name, 'podcast.ogg')
  assert.equal(right?.size, 700_000)
  assert.equal(right?.urn, `urn:btih:${hex(sha1(LARGE))}`)
  const wrong = LARGE.slice()
  wrong[LARGE.length - 3]! ^= 1
  assert.equal(checkInfo(wrong, sha1(LARGE)), undefined)
  assert.equal(checkInfo(LARGE, undefined)?.urn, right?.urn)
})

const TREE = dict({
  'caf\xc3\xa9': dict({
    'a.txt': dict({ '': dict({ length: 5, 'pieces root': new Uint8Array(32) }) }),
    'b.txt': dict({ '': dict({ length: 7, 'pieces root': new Uint8Array(32) }) }),
  }),
  '.pad': dict({ '3': dict({ '': dict({ attr: bytesOf('p'), length: 3 }) }) }),
})

test('v2 only: the handshake carries SHA-256 cut to 20 bytes', () => {
  const info = bencode(
    dict({ 'file tree': TREE, 'meta version': 2, name: bytesOf('set'), 'piece length': 16_384 }),
  )
  const sha256 = new Uint8Array(createHash('sha256').update(info).digest())
  const checked = checkInfo(info, sha256.subarray(0, 20))
  assert.deepEqual(checked?.files, [
    { path: 'café/a.txt', size: 5 },
    { path: 'café/b.txt', size: 7 },
  ])
  assert.equal(checked?.size, 12)
  assert.equal(checked?.urn, `urn:btih:${hex(sha256, 0, 20)}`)
  assert.deepEqual(checked?.also, [`urn:btmh:1220${hex(sha256)}`])
})

test('hybrid: both names are told whichever hash the handshake carried', () => {
  const info = bencode(
    dict({
      'file tree': dict({ 'a.bin': dict({ '': dict({ length: 9 }) }) }),
      length: 9,
      'meta version': 2,
      name: bytesOf('a.bin'),
      pieces: new Uint8Array(20),
    }),
  )
  const sha256 = new Uint8Array(createHash('sha256').update(info).digest())
  const v1 = `urn:btih:${hex(sha1(info))}`
  const v2 = `urn:btmh:1220${hex(sha256)}`
  assert.deepEqual(checkInfo(info, sha1(info))?.also, [v2])
  assert.deepEqual(checkInfo(info, sha256.subarray(0, 20))?.also, [v2, v1])
  assert.deepEqual(checkInfo(info, sha1(info))?.files, [])
})

test('v1 with files: paths joined, padding left out, utf-8 names preferred', () => {
  const info = readInfo(
    bencode(
      dict({
        files: [
          dict({ length: 3, path: [bytesOf('cd1'), bytesOf('01.ogg')] }),
          dict({ attr: bytesOf('p'), length: 100, path: [bytesOf('.pad'), bytesOf('100')] }),
          dict({ length: 4, path: [bytesOf('\xe9')], 'path.utf-8': [bytesOf('\xc3\xa9')] }),
          bytesOf('nonsense'),
        ],
        name: bytesOf('\xe9'),
        'name.utf-8': bytesOf('\xc3\xa9t\xc3\xa9'),
        pieces: new Uint8Array(20),
        private: 1,
      }),
    ),
  )
  assert.equal(info?.name, 'été')
  assert.equal(info?.private, true)
  assert.equal(info?.size, 7)
  assert.deepEqual(info?.files, [
    { path: 'cd1/01.ogg', size: 3 },
    { path: 'é', size: 4 },
  ])
})

test('a tree deeper than is believed, and files beyond the bound, end nothing', () => {
  let tree = dict({ '': dict({ length: 1 }) })
  for (let i = 0; i < 25; i++) tree = dict({ d: tree })
  assert.deepEqual(readInfo(bencode(dict({ 'file tree': tree })))?.files, [])
  const files = Array.from({ length: limits.listedMax + 5 }, (_, i) =>
    dict({ length: 1, path: [bytesOf(String(i))] }),
  )
  const many = readInfo(bencode(dict({ files, pieces: new Uint8Array(0) })))
  assert.equal(many?.files.length, limits.listedMax)
  assert.equal(many?.size, limits.listedMax + 5)
})

test('what is no info dictionary is none', () => {
  for (const text of ['', 'i5e', 'le', 'de', 'd4:name1:xe', 'd9:file treei5ee']) {
    assert.equal(readInfo(bytesOf(text)), undefined, text)
  }
})
