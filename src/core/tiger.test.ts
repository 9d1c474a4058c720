/** Tiger and its trees, by the authors' vectors and those of the tree's draft. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base32, bytesOf, concat, hex } from './bytes.ts'
import { TigerTree, tiger } from './tiger.ts'

test('Tiger of the texts that its authors publish', () => {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-'
  const vectors = [
    ['', '3293ac630c13f0245f92bbb1766e16167a4e58492dde73f3'],
    ['abc', '2aab1484e8c158f2bfb8c5ff41b57a525129131c957b5f93'],
    ['Tiger', 'dd00230799f5009fec6debc838bb6a27df2b9d6f110c7937'],
    [ALPHABET, 'f71c8583902afb879edfe610f82c0d4786a3a534504486b5'],
    [`${ALPHABET}${ALPHABET}`, 'c54034e5b43eb8005848a7e0ae6aac76e4ff590ae715fd25'],
  ] as const
  for (const [text, digest] of vectors) assert.equal(hex(tiger(bytesOf(text))), digest, text)
})

/** The draft's own: no byte, one zero, and as many letters A as fill a leaf, and one more. */
const ROOTS = [
  [new Uint8Array(0), 'LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ'],
  [new Uint8Array(1), 'VK54ZIEEVTWNAUI5D5RDFIL37LX2IQNSTAXFKSA'],
  [new Uint8Array(1024).fill(65), 'L66Q4YVNAFWVS23X2HJIRA5ZJ7WXR3F26RSASFA'],
  [new Uint8Array(1025).fill(65), 'PZMRYHGY6LTBEH63ZWAHDORHSYTLO4LEFUIKHWY'],
] as const

test('Roots of trees', () => {
  for (const [bytes, root] of ROOTS)
    assert.equal(base32(new TigerTree().update(bytes).root()), root)
})

test('A tree is the same however its bytes are cut, and pairs leaves from the left', () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 251)
  const whole = hex(new TigerTree().update(bytes).root())
  for (const cut of [1, 1023, 1024, 1025, 2048, 4999]) {
    const tree = new TigerTree().update(bytes.subarray(0, cut)).update(bytes.subarray(cut))
    assert.equal(hex(tree.root()), whole, String(cut))
  }
  // Five leaves: ((0 1) (2 3)) 4.
  const leaf = (i: number) =>
    tiger(concat(Uint8Array.of(0), bytes.subarray(1024 * i, 1024 * i + 1024)))
  const node = (a: Uint8Array, b: Uint8Array) => tiger(concat(Uint8Array.of(1), a, b))
  const four = node(node(leaf(0), leaf(1)), node(leaf(2), leaf(3)))
  assert.equal(hex(node(four, leaf(4))), whole)
})
