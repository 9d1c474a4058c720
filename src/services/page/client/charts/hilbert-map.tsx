/**
 * Who calls which part of a network, on a map: a canvas with a cell that pointer and keyboard move. What
 * the cell says stands below the map in words; the same as a table is `screens/dark-map.tsx`'s.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { DarkMap } from '../../../../core/store.ts'
import { type Block, blockAt, type Grid, holds, placeText } from './hilbert.ts'
import { colourText, shareOf, ticksOf } from './scale.ts'
import { useTheme } from './time-chart.tsx'

export interface HilbertMapProps {
  readonly map: DarkMap
  readonly grid: Grid
  /** Of each called cell. */
  readonly counts: readonly number[]
  /** What is counted: `callers`. */
  readonly what: string
  readonly chosen: Block | undefined
  /** Addresses with incidents: rings on the map. */
  readonly marked: readonly Block[]
  /** What is said of a cell; `place` in `map.cells`, or undefined where nobody called. */
  readonly say: (block: Block, place: number | undefined) => string
  readonly onChoose: (block: Block | undefined) => void
  readonly onNearer: (block: Block) => void
  readonly onFarther: () => void
}

/** Cells so large have a line between them. */
const LINE_PIXELS = 7
/** Smaller ones are lost to the eye when they stand alone. */
const SMALL_PIXELS = 4
const WHEEL_MILLIS = 250

export function HilbertMap(props: HilbertMapProps) {
  const { map, grid, counts, chosen, say, onChoose } = props
  const [cell, setCell] = useState<number>()
  const [told, setTold] = useState('')
  const canvas = useRef<HTMLCanvasElement>(null)
  const box = useRef<HTMLDivElement>(null)
  const theme = useTheme()
  const places = useMemo(() => new Map(map.cells.map((at, place) => [at, place])), [map])
  const most = useMemo(() => counts.reduce((most, count) => Math.max(most, count), 1), [counts])
  useEffect(() => {
    const element = canvas.current!
    const paint = () => draw(element, map, grid, counts, most, theme === 'dark')
    paint()
    const observer = new ResizeObserver(paint)
    observer.observe(element)
    return () => observer.disconnect()
  }, [map, grid, counts, most, theme])
  useWheel(box, props, cell)
  const blockOfCell = (at: number) =>
    blockAt(grid.shown.first + at * 2 ** (32 - grid.cellBits), grid.cellBits)
  const text = (at: number) => say(blockOfCell(at), places.get(at))
  const point = (event: MouseEvent) => cellUnder(event, canvas.current!, grid)
  const move = (next: number) => {
    setCell(next)
    setTold(text(next))
  }
  return (
    <div class="map-box">
      <div
        ref={box}
        class="map"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard moves the cell
        tabIndex={0}
        aria-label={`Map of ${placeText(grid.shown)} by ${props.what}: arrows move the cell, Enter chooses it, plus and minus zoom`}
        onMouseMove={(event) => setCell(point(event))}
        onMouseLeave={() => setCell(undefined)}
        onClick={(event) => {
          const at = point(event)
          if (at !== undefined) onChoose(blockOfCell(at))
        }}
        onKeyDown={(event) => onKey(event, { ...props, cell, move, blockOfCell })}
      >
        <canvas ref={canvas} style={{ aspectRatio: `${grid.columns} / ${grid.rows}` }} />
        {props.marked.map((block) => (
          <Frame key={block.first} grid={grid} block={block} kind="marked" />
        ))}
        <Frame grid={grid} block={chosen} kind="chosen" />
        {cell !== undefined && <Frame grid={grid} block={blockOfCell(cell)} kind="cursor" />}
      </div>
      <p class="map-readout" aria-hidden="true">
        {cell === undefined ? 'Point at a cell, or move with the arrows.' : text(cell)}
      </p>
      <p class="hidden" aria-live="polite">
        {told}
      </p>
      <Scale
        most={most}
        what={props.what}
        isDark={theme === 'dark'}
        hasMarks={props.marked.some((block) => holds(grid.shown, block))}
      />
    </div>
  )
}

function cellUnder(event: MouseEvent, canvas: HTMLCanvasElement, grid: Grid): number | undefined {
  const { left, top, width, height } = canvas.getBoundingClientRect()
  const x = Math.floor(((event.clientX - left) / width) * grid.columns)
  const y = Math.floor(((event.clientY - top) / height) * grid.rows)
  const isInside = x >= 0 && y >= 0 && x < grid.columns && y < grid.rows
  return isInside ? grid.cellAt(x, y) : undefined
}

interface Keys extends HilbertMapProps {
  readonly cell: number | undefined
  readonly move: (cell: number) => void
  readonly blockOfCell: (cell: number) => Block
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

function onKey(event: KeyboardEvent, keys: Keys): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return
  const { grid, cell, move } = keys
  const arrow = ARROWS[event.key]
  if (arrow !== undefined) {
    const step = event.shiftKey ? Math.max(1, Math.floor(grid.columns / 8)) : 1
    const [x, y] = cell === undefined ? [0, 0] : grid.place(cell)
    const [dx, dy] = cell === undefined ? [0, 0] : arrow
    const clamped = (at: number, length: number) => Math.min(length - 1, Math.max(0, at))
    move(grid.cellAt(clamped(x + step * dx, grid.columns), clamped(y + step * dy, grid.rows)))
  } else if (event.key === 'Enter' || event.key === ' ') {
    if (cell !== undefined) keys.onChoose(keys.blockOfCell(cell))
  } else if (event.key === '+' || event.key === '=') {
    if (cell !== undefined) keys.onNearer(keys.blockOfCell(cell))
  } else if (event.key === '-') keys.onFarther()
  else if (event.key === 'Escape' && keys.chosen !== undefined) keys.onChoose(undefined)
  else return
  event.preventDefault()
}

/** The wheel scrolls the page, unless somebody works on the map. */
function useWheel(
  box: { readonly current: HTMLDivElement | null },
  props: HilbertMapProps,
  cell: number | undefined,
): void {
  const newest = useRef({ props, cell })
  newest.current = { props, cell }
  useEffect(() => {
    const element = box.current!
    let turnedAt = 0
    const turn = (event: WheelEvent) => {
      if (document.activeElement !== element || event.ctrlKey) return
      event.preventDefault()
      const now = performance.now()
      if (now - turnedAt < WHEEL_MILLIS) return
      turnedAt = now
      const { props: wheel, cell: at } = newest.current
      if (event.deltaY > 0) wheel.onFarther()
      else if (at !== undefined) {
        const size = 2 ** (32 - wheel.grid.cellBits)
        wheel.onNearer(blockAt(wheel.grid.shown.first + at * size, wheel.grid.cellBits))
      }
    }
    element.addEventListener('wheel', turn, { passive: false })
    return () => element.removeEventListener('wheel', turn)
  }, [])
}

interface FrameProps {
  readonly grid: Grid
  readonly block: Block | undefined
  readonly kind: 'cursor' | 'chosen' | 'marked'
}

/** Around the cell in which a block begins. */
function Frame({ grid, block, kind }: FrameProps) {
  if (block === undefined || !holds(grid.shown, block)) return null
  const cell = Math.floor((block.first - grid.shown.first) / 2 ** (32 - grid.cellBits))
  const [x, y] = grid.place(cell)
  return (
    <span
      class={`map-frame ${kind}`}
      style={{
        left: `${(100 * x) / grid.columns}%`,
        top: `${(100 * y) / grid.rows}%`,
        width: `${100 / grid.columns}%`,
        height: `${100 / grid.rows}%`,
      }}
    />
  )
}

interface ScaleProps {
  readonly most: number
  readonly what: string
  readonly isDark: boolean
  readonly hasMarks: boolean
}

function Scale({ most, what, isDark, hasMarks }: ScaleProps) {
  return (
    <p class="map-scale">
      <span>{what}:</span>
      <span class="map-tick">
        <span class="map-swatch" /> 0
      </span>
      {ticksOf(most).map((tick) => (
        <span class="map-tick" key={tick}>
          <span
            class="map-swatch"
            style={{ background: colourText(shareOf(tick, most), isDark) }}
          />{' '}
          {tick.toLocaleString('en-US')}
        </span>
      ))}
      {hasMarks && (
        <span class="map-tick">
          <span class="map-ring" /> incident
        </span>
      )}
    </p>
  )
}

function draw(
  canvas: HTMLCanvasElement,
  map: DarkMap,
  grid: Grid,
  counts: readonly number[],
  most: number,
  isDark: boolean,
): void {
  const context = canvas.getContext('2d')
  if (context === null || canvas.clientWidth === 0) return
  const pixels = Math.max(1, Math.floor((canvas.clientWidth * devicePixelRatio) / grid.columns))
  canvas.width = pixels * grid.columns
  canvas.height = pixels * grid.rows
  const line = pixels >= LINE_PIXELS ? 1 : 0
  if (line > 0) {
    context.fillStyle = isDark ? '#1d242d' : '#e6eaee'
    for (let i = 0; i <= grid.columns; i++) context.fillRect(i * pixels - 1, 0, 1, canvas.height)
    for (let i = 0; i <= grid.rows; i++) context.fillRect(0, i * pixels - 1, canvas.width, 1)
  }
  const places = counts.map((_, place) => place).filter((place) => counts[place]! > 0)
  // Much lies above little, and is larger where cells are too small to be seen.
  places.sort((a, b) => counts[a]! - counts[b]!)
  const colours = new Map<number, string>()
  const colourOf = (count: number) => {
    const colour = colours.get(count) ?? colourText(shareOf(count, most), isDark)
    colours.set(count, colour)
    return colour
  }
  for (const place of places) {
    const [x, y] = grid.place(map.cells[place]!)
    const share = shareOf(counts[place]!, most)
    const more = pixels < SMALL_PIXELS ? Math.round(share * SMALL_PIXELS) / 2 : 0
    const size = pixels - line + 2 * more
    context.fillStyle = colourOf(counts[place]!)
    context.fillRect(x * pixels - more, y * pixels - more, size, size)
  }
}
