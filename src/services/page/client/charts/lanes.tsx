/** What a host did when: a lane for each part of a family and each channel of claims. */
import type { Activity, Lane, Span } from '../../../../core/store.ts'
import { colourClass } from '../families.ts'
import { useFrame } from '../frame.ts'
import { bytesText, counted, countText } from '../words.ts'
import { ChartTable } from './chart-table.tsx'
import type { Layer } from './stack.ts'
import { Strip } from './strip.tsx'

interface LanesProps {
  readonly activity: Activity
  /** The flows of a lane, in a time range or in the whole of it. */
  readonly onLane: (lane: Lane, span?: Span) => void
  readonly hrefOf: (lane: Lane) => string
}

function titleOf({ lane, kind, matched }: Lane): string {
  if (matched) return `${lane}, by endpoint`
  return kind === 'claims' ? `${lane} (claims)` : lane
}

export function Lanes({ activity, onLane, hrefOf }: LanesProps) {
  const { families } = useFrame()
  const { from, stepMicros, lanes } = activity
  const isMixed = new Set(lanes.map(({ family }) => family)).size > 1
  const layers: Layer[] = lanes.map((lane) => ({
    key: `${lane.family} ${lane.lane} ${lane.kind} ${lane.matched}`,
    label: `${families.title(lane.family)} ${titleOf(lane)}`,
    colour: families.colour(lane.family),
    hatched: lane.matched,
    values: lane.amounts,
  }))
  return (
    <div class="lanes-box">
      <ul class="lanes">
        {lanes.map((lane, index) => {
          const { key, label, colour, hatched } = layers[index]!
          const sum = lane.amounts.reduce((all, amount) => all + amount, 0)
          const amount = lane.kind === 'claims' ? counted(sum, 'claim') : bytesText(sum)
          return (
            <li key={key}>
              <a class="lane-name" href={hrefOf(lane)} title={`${label}: ${amount}`}>
                <span
                  class={`swatch ${colourClass(colour)} ${hatched ? 'hatched' : ''}`}
                  aria-hidden="true"
                />
                {isMixed && <span class="lane-family">{families.title(lane.family)}</span>}{' '}
                {titleOf(lane)}
              </a>
              <Strip
                amounts={lane.amounts}
                colour={colour}
                hatched={hatched}
                label={`${label} over time: ${amount} in all`}
                onStep={(step) =>
                  onLane(lane, {
                    from: from + step * stepMicros,
                    to: from + (step + 1) * stepMicros,
                  })
                }
              />
              <span class="lane-sum">{amount}</span>
            </li>
          )
        })}
      </ul>
      <ChartTable
        label="What the host did when: bytes of flows, counts of claims"
        from={from}
        stepMicros={stepMicros}
        layers={layers}
        format={countText}
      />
    </div>
  )
}
