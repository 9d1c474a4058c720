/**
 * Addresses of a network as places of a square, along a Hilbert curve: what is near in number is near
 * on the map, and each smaller network is a square (or two beside each other). Pure.
 */
import { ip4OfNumber, parseIp4 } from '../../../../core/address.ts'
import { u32be } from '../../../../core/bytes.ts'
import { readNetwork } from '../../../../core/expression-values.ts'

export interface Block {
  /** Its first address, as a number. */
  readonly first: number
  readonly bits: number
}

/** Undefined where it is no network of IPv4. */
export function blockOf(text: string): Block | undefined {
  const network = readNetwork(text)
  const bytes = network && parseIp4(network.ip)
  return bytes === undefined ? undefined : { first: u32be(bytes, 0), bits: network!.bits }
}

export function blockText({ first, bits }: Block): string {
  return `${ip4OfNumber(first)}/${bits}`
}

/** An address where it is one. */
export function placeText(block: Block): string {
  return block.bits === 32 ? ip4OfNumber(block.first) : blockText(block)
}

export function holds(outer: Block, inner: Block): boolean {
  const size = 2 ** (32 - outer.bits)
  return inner.bits >= outer.bits && inner.first >= outer.first && inner.first < outer.first + size
}

/** The block of so many bits that holds an address. */
export function blockAt(first: number, bits: number): Block {
  const size = 2 ** (32 - bits)
  return { first: Math.floor(first / size) * size, bits }
}

/** Where the index `d` of a Hilbert curve through a square of side `n` (a power of two) is. */
export function pointOf(n: number, d: number): readonly [x: number, y: number] {
  let [x, y, rest] = [0, 0, d]
  for (let side = 1; side < n; side *= 2) {
    const right = Math.floor(rest / 2) % 2
    const down = (rest + right) % 2
    if (down === 0) {
      if (right === 1) [x, y] = [side - 1 - x, side - 1 - y]
      ;[x, y] = [y, x]
    }
    x += side * right
    y += side * down
    rest = Math.floor(rest / 4)
  }
  return [x, y]
}

export function indexOf(n: number, x: number, y: number): number {
  let [atX, atY, d] = [x, y, 0]
  for (let side = n / 2; side >= 1; side /= 2) {
    const right = Number(Math.floor(atX / side) % 2 === 1)
    const down = Number(Math.floor(atY / side) % 2 === 1)
    d += side * side * (right === 1 ? 3 - down : down)
    if (down === 0) {
      if (right === 1) [atX, atY] = [n - 1 - atX, n - 1 - atY]
      ;[atX, atY] = [atY, atX]
    }
  }
  return d
}

/** A part of a network, cut into cells: which cell is where. */
export interface Grid {
  readonly shown: Block
  readonly cellBits: number
  readonly columns: number
  readonly rows: number
  /** Where the n-th cell of what is shown stands. */
  readonly place: (cell: number) => readonly [x: number, y: number]
  readonly cellAt: (x: number, y: number) => number
}

/** Two bits, a quarter of the map; of two squares first one. */
export function nearerBits(whole: Block, shown: Block): number {
  const isTwo = shown.bits === whole.bits && (32 - whole.bits) % 2 === 1
  return Math.min(32, shown.bits + (isTwo ? 1 : 2))
}

export function fartherBits(whole: Block, shown: Block): number {
  return Math.max(whole.bits, shown.bits - 2)
}

/** Cells of one map: 2 to this power, 256 × 256. */
const MAP_BITS = 16

/**
 * Nearer or farther, a cell stays where it is: all places are on the one curve through the whole.
 * @param whole  what is dark
 * @param shown  the part of it that is looked at, by steps of `nearerBits`
 */
export function gridOf(whole: Block, shown: Block): Grid {
  // Where the count of bits is odd, two squares stand beside each other.
  const squares = (32 - whole.bits) % 2 === 1 ? 2 : 1
  const bits = shown.bits + MAP_BITS - (shown.bits === whole.bits ? squares - 1 : 0)
  const cellBits = Math.min(32, bits)
  const cellSize = 2 ** (32 - cellBits)
  const inSquare = 2 ** (32 - whole.bits) / squares / cellSize
  const side = Math.sqrt(inSquare)
  const offset = (shown.first - whole.first) / cellSize
  const count = 2 ** (cellBits - shown.bits)
  const onWhole = (cell: number): readonly [number, number] => {
    const at = offset + cell
    const [x, y] = pointOf(side, at % inSquare)
    return [x + side * Math.floor(at / inSquare), y]
  }
  const isTwo = count > inSquare
  const rows = isTwo ? side : Math.sqrt(count)
  const columns = isTwo ? 2 * side : rows
  const corner = onWhole(0)
  const left = Math.floor(corner[0] / columns) * columns
  const top = Math.floor(corner[1] / rows) * rows
  return {
    ...{ shown, cellBits, columns, rows },
    place: (cell) => {
      const [x, y] = onWhole(cell)
      return [x - left, y - top]
    },
    cellAt: (x, y) => {
      const atX = x + left
      const square = Math.floor(atX / side)
      return square * inSquare + indexOf(side, atX - square * side, y + top) - offset
    },
  }
}
