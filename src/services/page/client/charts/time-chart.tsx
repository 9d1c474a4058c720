/**
 * A chart over time on uPlot: stacked areas, lines or bars, a brush that chooses a time range, a
 * cursor for the keyboard that says what stands there, and the same as a table.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { Span } from '../../../../core/store.ts'
import { isDark, onThemeChange } from '../theme.ts'
import { momentText } from '../words.ts'
import { ChartTable } from './chart-table.tsx'
import { Legend } from './legend.tsx'
import type { Layer } from './stack.ts'
import { type ChartKind, dataOf, isStack, optionsOf } from './time-chart-options.ts'

export interface TimeChartProps {
  /** What the chart shows, in a sentence. */
  readonly label: string
  readonly kind: ChartKind
  readonly from: number
  readonly stepMicros: number
  /** The first at the bottom. */
  readonly layers: readonly Layer[]
  readonly format: (value: number) => string
  readonly height: number
  readonly onBrush: (span: Span) => void
  /** Called with a layer's key by a click on its name. */
  readonly onLayer?: (key: string) => void
  readonly hasLegend?: boolean
  /** Widths left and right of the plot, so that charts below each other share one time axis. */
  readonly gutters?: readonly [number, number]
}

export function TimeChart(props: TimeChartProps) {
  const { label, from, stepMicros, layers, format, height, onBrush } = props
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const [step, setStep] = useState<number>()
  const theme = useTheme()
  const newest = useRef(props)
  newest.current = props
  const steps = layers[0]?.values.length ?? 0
  /** A chart is made anew where its layers are others, and only fed where they are the same. */
  const shape = `${props.kind} ${theme} ${height} ${layers.map(({ label, colour }) => `${label} ${colour}`).join()}`
  const data = useMemo(() => dataOf(props), [layers, from, stepMicros, props.kind])
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const made = new uPlot(
      optionsOf(newest.current, element.clientWidth, theme === 'dark', {
        brush: (span) => newest.current.onBrush(span),
        cursor: setStep,
      }),
      data,
      element,
    )
    chart.current = made
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: newest.current.height }),
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      chart.current = undefined
    }
  }, [shape])
  useEffect(() => {
    if (chart.current !== undefined && chart.current.data !== data) chart.current.setData(data)
  }, [data])
  const at = step ?? steps - 1
  const said = layers
    .filter(({ values }) => (values[at] ?? 0) !== 0)
    .map((layer) => `${layer.label} ${format(layer.values[at]!)}`)
  return (
    <figure class="chart">
      {props.hasLegend !== false && (
        <Legend {...props} step={step} isFalling={isStack(props.kind)} />
      )}
      <div
        class="chart-canvas"
        ref={place}
        role="slider"
        tabIndex={0}
        aria-label={`${label} Arrow keys move in time, with Shift they choose a range, Enter takes it.`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, steps - 1)}
        aria-valuenow={at}
        aria-valuetext={`${momentText(from + at * stepMicros)}: ${said.join(', ') || 'nothing'}`}
        onKeyDown={(event) => moveCursor(event, chart.current, props, at, onBrush)}
      />
      <ChartTable {...props} />
    </figure>
  )
}

function moveCursor(
  event: KeyboardEvent,
  chart: uPlot | undefined,
  { from, stepMicros, layers }: TimeChartProps,
  step: number,
  onBrush: (span: Span) => void,
): void {
  if (chart === undefined) return
  const last = (layers[0]?.values.length ?? 1) - 1
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: step - 1,
    ArrowRight: step + 1,
    PageUp: step - 10,
    PageDown: step + 10,
    Home: 0,
    End: last,
  }
  const place = (at: number) => chart.valToPos((from + (at + 0.5) * stepMicros) / 1e6, 'x')
  const wanted = moves[event.key]
  if (wanted !== undefined) {
    const next = Math.min(last, Math.max(0, wanted))
    chart.setCursor({ left: place(next), top: 10 })
    if (event.shiftKey) extendSelection(chart, place(step), place(next))
    event.preventDefault()
  } else if (event.key === 'Enter' && chart.select.width > 0) {
    const { left, width } = chart.select
    onBrush({ from: microsAt(chart, left), to: microsAt(chart, left + width) })
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    event.preventDefault()
  } else if (event.key === 'Escape') {
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  }
}

/** The end of the selection that the cursor was at moves along; the other stays. */
function extendSelection(chart: uPlot, before: number, after: number): void {
  const { left, width } = chart.select
  const isNew = width === 0
  const start =
    isNew || Math.abs(before - left) > Math.abs(before - left - width) ? left : left + width
  const anchor = isNew ? before : start
  chart.setSelect(
    {
      left: Math.min(anchor, after),
      width: Math.abs(after - anchor),
      top: 0,
      height: chart.over.clientHeight,
    },
    false,
  )
}

function microsAt(chart: uPlot, left: number): number {
  return Math.round(chart.posToVal(left, 'x') * 1e6)
}

export function useTheme(): 'light' | 'dark' {
  const [theme, setTheme] = useState(() => (isDark() ? 'dark' : 'light'))
  useEffect(() => onThemeChange(() => setTheme(isDark() ? 'dark' : 'light')), [])
  return theme as 'light' | 'dark'
}
