/** Charts as plain SVG. Each says in words what it shows; the numbers stand in a table beside it. */
import { bytesText, dateText } from '../../../core/figures.ts'
import type { Lane, TrafficChart } from '../../../core/store.ts'
import { type Html, html } from './html.ts'

const WIDTH = 960
const HEIGHT = 180
const LANE_HEIGHT = 18
const LABEL_WIDTH = 230

/** Okabe and Ito's colours, told apart with most kinds of colour blindness. */
const COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#b8a800',
  '#666',
]
const REST = '#ddd'

/** Bytes over time, stacked by family; what was named by its endpoint alone is hatched. */
export function trafficSvg(chart: TrafficChart, titleOf: (family: string) => string): Html {
  const steps = chart.rest.length
  const families = [...new Set(chart.series.map(({ family }) => family))]
  const bands = chart.series.map(({ family, matched, bytes }) => ({
    bytes,
    fill: fillOf(families.indexOf(family), matched),
  }))
  bands.push({ bytes: chart.rest, fill: REST })
  const totals = Array.from({ length: steps }, (_, i) =>
    bands.reduce((sum, { bytes }) => sum + (bytes[i] ?? 0), 0),
  )
  const most = Math.max(1, ...totals)
  const width = WIDTH / Math.max(1, steps)
  const bars: Html[] = []
  for (let i = 0; i < steps; i++) {
    let y = HEIGHT
    for (const { bytes, fill } of bands) {
      const height = ((bytes[i] ?? 0) / most) * HEIGHT
      if (height < 0.05) continue
      y -= height
      bars.push(
        html`<rect x="${fixed(i * width)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" fill="${fill}"/>`,
      )
    }
  }
  const seconds = Math.round(chart.stepMicros / 1e6)
  return html`<figure><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Bytes over time, at most ${bytesText(most)} in ${seconds} s">
<defs>${families.map((_, i) => hatch(i))}</defs>${bars}</svg>
<figcaption><span>${dateText(chart.from)}</span> <span>${dateText(chart.from + steps * chart.stepMicros)}</span></figcaption>
<ul class="legend">${families.map((family, i) => legend(titleOf(family), COLOURS[i % COLOURS.length]!))}${legend('anything else', REST)}</ul>
<p class="note">Hatched: flows that say nothing readable and were named by their endpoint. A column is ${seconds} s, the tallest ${bytesText(most)}.</p></figure>\n`
}

function legend(name: string, colour: string): Html {
  return html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" fill="${colour}"/></svg> ${name}</li>`
}

function fillOf(index: number, matched: boolean): string {
  return matched ? `url(#hatch${index})` : COLOURS[index % COLOURS.length]!
}

function hatch(index: number): Html {
  const colour = COLOURS[index % COLOURS.length]!
  return html`<pattern id="hatch${index}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/><rect width="3" height="6" fill="${colour}"/></pattern>`
}

/** What a host did when: a line for each lane, darker where more passed. */
export function lanesSvg(
  lanes: readonly Lane[],
  titleOf: (family: string) => string,
): Html | undefined {
  if (lanes.length === 0) return undefined
  const width = WIDTH - LABEL_WIDTH
  const rows = lanes.map((lane, row) => {
    const most = Math.max(1, ...lane.amounts)
    const step = width / Math.max(1, lane.amounts.length)
    const cells = lane.amounts.map((amount, i) =>
      amount === 0
        ? undefined
        : html`<rect x="${fixed(LABEL_WIDTH + i * step)}" y="${row * LANE_HEIGHT + 2}" width="${fixed(step)}" height="${LANE_HEIGHT - 4}" fill="#0072b2" fill-opacity="${fixed(0.3 + (0.7 * amount) / most)}"/>`,
    )
    const label = `${titleOf(lane.family)} ${lane.lane}${lane.matched ? ' (by endpoint)' : ''}`
    return html`<text x="0" y="${(row + 1) * LANE_HEIGHT - 5}">${label.slice(0, 40)}</text>${cells}`
  })
  const names = lanes.map(({ family, lane }) => `${titleOf(family)} ${lane}`).join(', ')
  return html`<figure><svg viewBox="0 0 ${WIDTH} ${lanes.length * LANE_HEIGHT}" role="img" aria-label="Activity over time: ${names}">${rows}</svg></figure>\n`
}

function fixed(value: number): string {
  return value.toFixed(2)
}
