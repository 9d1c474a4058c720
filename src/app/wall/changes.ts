/** Two lists of lines held against each other: what stays in its order, what is new, what is gone. */

type Change = 'same' | 'new' | 'gone'

/** Where the parts that differ are larger than this, all of them are told as gone and new. */
const CELLS_MAX = 4_000_000

/** A longest common subsequence: what stays is as much as can stay. */
export function changes<Row>(
  before: readonly Row[],
  after: readonly Row[],
  keyOf: (row: Row) => string,
): { readonly row: Row; readonly change: Change }[] {
  const old = before.map(keyOf)
  const fresh = after.map(keyOf)
  let head = 0
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++
  const rows: { row: Row; change: Change }[] = []
  const say = (row: Row, change: Change) => rows.push({ row, change })
  for (let at = 0; at < head; at++) say(after[at]!, 'same')
  const kept = commonLengths(old.slice(head), fresh.slice(head))
  let from = head
  let to = head
  while (from < old.length || to < fresh.length) {
    const isSame = from < old.length && to < fresh.length && old[from] === fresh[to]
    if (isSame && kept !== undefined) {
      say(after[to++]!, 'same')
      from++
    } else if (from < old.length && (to === fresh.length || keepsMore(from, to))) {
      say(before[from++]!, 'gone')
    } else {
      say(after[to++]!, 'new')
    }
  }
  return rows

  /** As much stays without the old line as without the new one. */
  function keepsMore(i: number, j: number): boolean {
    if (kept === undefined) return true
    const width = fresh.length - head + 1
    const at = (i - head) * width + (j - head)
    return kept[at + width]! >= kept[at + 1]!
  }
}

/** How much stays at most from each pair of places on; undefined where that is too much to reckon. */
function commonLengths(old: readonly string[], fresh: readonly string[]): Uint32Array | undefined {
  const width = fresh.length + 1
  const cells = (old.length + 1) * width
  if (cells > CELLS_MAX) return undefined
  const kept = new Uint32Array(cells)
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      const at = i * width + j
      kept[at] =
        old[i] === fresh[j] ? kept[at + width + 1]! + 1 : Math.max(kept[at + width]!, kept[at + 1]!)
    }
  }
  return kept
}
