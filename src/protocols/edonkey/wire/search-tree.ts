/**
 * Search trees: what a user looks for, in prefix notation.
 *
 *     00 op u8, left, right                       op: 00 and, 01 or, 02 not
 *     01 text u16le size                          keywords
 *     02 text u16le size, name                    a property is this text
 *     03 value u32le, comparison u8, name         a property compared with a number
 *     08 value u64le, comparison u8, name
 *
 *     name        u16le size, bytes; of size 1: a known id
 *     comparison  0 =   1 >   2 <   3 >=   4 <=   5 !=
 *
 * Source: eMule SearchResultsWnd.cpp (`GetSearchPacket`), kademlia/net/KademliaUDPListener.cpp
 * (`CreateSearchExpressionTree`, whose depth limit is 24).
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message } from '../../../core/outcome.ts'
import { text } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { bytes16, Cursor, type Layout, u64 } from './layout.ts'

/** eMule refuses deeper trees; recursion here is bounded by it. */
const DEPTH_MAX = 24

export type SearchTree =
  | { readonly type: 'and' | 'or' | 'not'; readonly left: SearchTree; readonly right: SearchTree }
  | { readonly type: 'keyword'; readonly text: Uint8Array }
  | { readonly type: 'property'; readonly text: Uint8Array; readonly name: Uint8Array }
  | {
      readonly type: 'number'
      readonly wide: boolean
      readonly value: number
      readonly comparison: number
      readonly name: Uint8Array
    }

const OPERATORS = ['and', 'or', 'not'] as const
const COMPARISONS = ['=', '>', '<', '>=', '<=', '!='] as const

/** Names of properties by id. Source: eMule opcodes.h (FT_…). */
// biome-ignore format: a table
const PROPERTIES: Readonly<Record<number, string>> = {
  1: 'name', 2: 'size', 3: 'type', 4: 'format', 21: 'sources',
  48: 'complete', 208: 'artist', 209: 'album', 210: 'title', 211: 'length',
  212: 'bitrate', 213: 'codec',
}

const NOWHERE: SearchTree = { type: 'keyword', text: new Uint8Array(0) }

function readNode(from: Cursor, depth: number): SearchTree {
  if (depth > DEPTH_MAX) {
    from.fail('tree-too-deep')
    return NOWHERE
  }
  const kind = from.u8()
  if (from.fault !== undefined) return NOWHERE
  switch (kind) {
    case 0x00: {
      const type = OPERATORS[from.u8()]
      if (type === undefined) break
      const left = readNode(from, depth + 1)
      if (from.fault !== undefined) return NOWHERE
      return { type, left, right: readNode(from, depth + 1) }
    }
    case 0x01:
      return { type: 'keyword', text: bytes16.read(from) }
    case 0x02:
      return { type: 'property', text: bytes16.read(from), name: bytes16.read(from) }
    case 0x03:
    case 0x08:
      return {
        type: 'number',
        wide: kind === 0x08,
        value: kind === 0x08 ? u64.read(from) : from.u32(),
        comparison: from.u8(),
        name: bytes16.read(from),
      }
  }
  from.fail('tree-node-unknown')
  return NOWHERE
}

function writeNode(to: ByteWriter, node: SearchTree): void {
  switch (node.type) {
    case 'keyword':
      to.u8(1)
      bytes16.write(to, node.text)
      return
    case 'property':
      to.u8(2)
      bytes16.write(to, node.text)
      bytes16.write(to, node.name)
      return
    case 'number':
      if (node.wide) to.u8(8).u64leBig(BigInt(node.value))
      else to.u8(3).u32le(node.value)
      to.u8(node.comparison)
      bytes16.write(to, node.name)
      return
    default:
      to.u8(0).u8(OPERATORS.indexOf(node.type))
      writeNode(to, node.left)
      writeNode(to, node.right)
  }
}

export const searchTree: Layout<SearchTree> = {
  min: 3,
  read: (from) => readNode(from, 1),
  write: writeNode,
}

function propertyName(name: Uint8Array): string {
  if (name.length !== 1) return text(name)
  return PROPERTIES[name[0]!] ?? `#${name[0]!.toString(16).padStart(2, '0')}`
}

/** As a person would type it: `handbook AND type=Pro AND size>1000`. */
export function treeText(node: SearchTree): string {
  switch (node.type) {
    case 'keyword':
      return text(node.text)
    case 'property':
      return `${propertyName(node.name)}=${text(node.text)}`
    case 'number':
      return `${propertyName(node.name)}${COMPARISONS[node.comparison] ?? `?${node.comparison}`}${node.value}`
    default:
      return `${inner(node.left, node.type)} ${node.type.toUpperCase()} ${inner(node.right, node.type)}`
  }
}

/** A chain of one operator needs no brackets, except of `not`, whose order matters. */
function inner(node: SearchTree, same: string): string {
  const compound = node.type === 'and' || node.type === 'or' || node.type === 'not'
  const simple = !compound || (node.type === same && same !== 'not')
  return simple ? treeText(node) : `(${treeText(node)})`
}

/** The words that a tree asks for, in order. */
export function treeWords(node: SearchTree): string[] {
  if (node.type === 'keyword') return [text(node.text)]
  if (node.type === 'property' || node.type === 'number') return []
  return [...treeWords(node.left), ...(node.type === 'not' ? [] : treeWords(node.right))]
}

export const searchTreeWire: Wire<SearchTree> = {
  name: 'edonkey/search-tree',
  source: 'eMule SearchResultsWnd.cpp, KademliaUDPListener.cpp',
  carrier: 'datagram',
  messageBytesMax: 2_000_000,
  faults: ['body-short', 'tree-too-deep', 'tree-node-unknown'],
  parse(bytes, at) {
    const from = new Cursor(bytes, at, Math.min(bytes.length, at + 2_000_000))
    const value = searchTree.read(from)
    if (from.fault !== undefined) return malformed(from.fault, from.faultAt)
    return message(value, from.at - at)
  },
  emit(value) {
    const to = new ByteWriter()
    writeNode(to, value)
    return to.finish()
  },
}
