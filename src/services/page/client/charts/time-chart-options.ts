/** What uPlot is told: series, bands, colours, axes, for each kind of chart. */
import uPlot from 'uplot'
import type { Span } from '../../../../core/store.ts'
import { paletteColour } from '../families.ts'
import { countText } from '../words.ts'
import { tickTexts } from './axis.ts'
import { hatch } from './hatch.ts'
import { type Layer, stacked } from './stack.ts'
import type { TimeChartProps } from './time-chart.tsx'

/** `mirror`: the first layer upwards, the second downwards. */
export type ChartKind = 'stack' | 'lines' | 'bars' | 'mirror'

/** Layers lie on each other. */
export function isStack(kind: ChartKind): boolean {
  return kind === 'stack' || kind === 'bars'
}

interface Told {
  readonly brush: (span: Span) => void
  readonly cursor: (step: number | undefined) => void
}

const FONT = '11px system-ui, sans-serif'

/** Times in seconds, then edges of layers, the uppermost first: what is drawn later lies above. */
export function dataOf({ kind, from, stepMicros, layers }: TimeChartProps): uPlot.AlignedData {
  const steps = layers[0]?.values.length ?? 0
  // One more place than steps: the last step has an end.
  const times = Array.from({ length: steps + 1 }, (_, step) => (from + step * stepMicros) / 1e6)
  const closed = (values: readonly number[]) => [...values, values.at(-1) ?? 0]
  if (isStack(kind)) {
    return [times, ...stacked(layers).reverse().map(closed)]
  }
  const sign = (index: number) => (kind === 'mirror' && index === 1 ? -1 : 1)
  return [times, ...layers.map(({ values }, index) => closed(values.map((v) => v * sign(index))))]
}

export function optionsOf(
  props: TimeChartProps,
  width: number,
  isDark: boolean,
  told: Told,
): uPlot.Options {
  const { kind, from, stepMicros, layers } = props
  const drawn = isStack(kind) ? [...layers].reverse() : layers
  return {
    width,
    height: props.height,
    padding: [8, props.gutters?.[1] ?? 26, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false, dist: 4 },
    },
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: true, range: (_, min, max) => [min, max] },
      y: {
        range: (_, min, max) => [kind === 'mirror' ? min * 1.05 : 0, Math.max(max * 1.05, 1e-9)],
      },
    },
    axes: [timeAxis(isDark), amountAxis(props, isDark)],
    series: [{}, ...drawn.map((layer) => seriesOf(layer, kind, isDark))],
    ...(isStack(kind) ? { bands: bandsOf(drawn, isDark) } : {}),
    hooks: {
      setCursor: [
        ({ cursor, posToVal }) => {
          const { left } = cursor
          if (left === undefined || left < 0) return told.cursor(undefined)
          const micros = posToVal(left, 'x') * 1e6
          const steps = layers[0]?.values.length ?? 1
          const step = Math.floor((micros - from) / stepMicros)
          told.cursor(Math.min(steps - 1, Math.max(0, step)))
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width: chosen } = chart.select
          if (chosen < 4) return
          const at = (x: number) => Math.round(chart.posToVal(x, 'x') * 1e6)
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          told.brush({ from: at(left), to: at(left + chosen) })
        },
      ],
    },
  }
}

function colourOf({ colour }: Layer, isDark: boolean): string {
  return paletteColour(colour, isDark)
}

function fillOf(layer: Layer, isDark: boolean): CanvasPattern | string {
  const colour = colourOf(layer, isDark)
  return layer.hatched ? hatch(colour) : `${colour}${isDark ? 'b0' : 'a0'}`
}

function seriesOf(layer: Layer, kind: ChartKind, isDark: boolean): uPlot.Series {
  const filled = kind !== 'lines'
  return {
    label: layer.label,
    stroke: colourOf(layer, isDark),
    width: kind === 'bars' ? 0.5 : 1.25,
    ...(layer.hatched ? { dash: [4, 3] } : {}),
    ...(filled ? { fill: () => fillOf(layer, isDark) } : {}),
    points: { show: false },
    paths: uPlot.paths.stepped!({ align: 1 }),
  }
}

/** Between each edge and the one below it; the lowest layer goes down to nothing by itself. */
function bandsOf(drawn: readonly Layer[], isDark: boolean): uPlot.Band[] {
  return drawn.slice(0, -1).map((layer, index) => ({
    series: [index + 1, index + 2],
    fill: () => fillOf(layer, isDark),
  }))
}

function timeAxis(isDark: boolean): uPlot.Axis {
  return {
    stroke: isDark ? '#9aa5b4' : '#57606a',
    font: FONT,
    size: 26,
    space: 76,
    gap: 4,
    grid: { stroke: isDark ? '#242a33' : '#eceff3', width: 1 },
    ticks: { stroke: isDark ? '#3a424e' : '#d0d6dd', width: 1, size: 4 },
    values: (_, splits, __, ___, increment) => tickTexts(splits, increment),
  }
}

/** Half a flow is none: where amounts are counts, nothing is written between two of them. */
function amountText(format: (value: number) => string, value: number): string {
  return format === countText && !Number.isInteger(value) ? '' : format(Math.abs(value))
}

function amountAxis({ format, gutters }: TimeChartProps, isDark: boolean): uPlot.Axis {
  return {
    stroke: isDark ? '#9aa5b4' : '#57606a',
    font: FONT,
    size: gutters?.[0] ?? 72,
    gap: 6,
    space: 28,
    grid: { stroke: isDark ? '#242a33' : '#eceff3', width: 1 },
    ticks: { show: false },
    values: (_, splits) => splits.map((value) => amountText(format, value)),
  }
}
