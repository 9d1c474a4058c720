/** The time range in words, ready-made ranges, live or paused, and what can be taken away. */
import type { TrafficChart } from '../../../../core/store.ts'
import { useFrame } from '../frame.ts'
import { clockText, dayText, durationText, zoneText } from '../words.ts'
import { ExportMenu } from './export-menu.tsx'
import { Menu } from './menu.tsx'
import { RangeForm } from './range-form.tsx'
import { Timeline } from './timeline.tsx'

/** Back from the newest packet, in seconds. */
const RANGES: readonly (readonly [number, string])[] = [
  [60, 'Last minute'],
  [300, 'Last 5 minutes'],
  [900, 'Last 15 minutes'],
  [3600, 'Last hour'],
  [21_600, 'Last 6 hours'],
  [86_400, 'Last day'],
  [604_800, 'Last week'],
]

export function TimeBar({ chart }: { readonly chart: TrafficChart | undefined }) {
  const { whole, view, go } = useFrame()
  if (whole === undefined) return null
  return (
    <section class="time-bar" aria-label="Time range">
      <Menu label={<RangeText />} class="range" title="Choose a time range">
        {(close) => (
          <>
            <button
              type="button"
              aria-pressed={view.span === undefined && view.last === undefined}
              onClick={() => {
                go({ span: undefined, last: undefined, page: 0 })
                close()
              }}
            >
              Everything
            </button>
            {RANGES.filter(([seconds]) => seconds * 1e6 < whole.to - whole.from).map(
              ([seconds, text]) => (
                <button
                  type="button"
                  key={seconds}
                  aria-pressed={view.last === seconds}
                  onClick={() => {
                    go({ last: seconds, span: undefined, page: 0 })
                    close()
                  }}
                >
                  {text}
                </button>
              ),
            )}
            <RangeForm close={close} />
          </>
        )}
      </Menu>
      <Timeline whole={whole} chart={chart} />
      <div class="time-actions">
        {(view.span !== undefined || view.last !== undefined) && (
          <button type="button" onClick={() => go({ span: undefined, last: undefined, page: 0 })}>
            All
          </button>
        )}
        <button
          type="button"
          class={view.paused ? 'primary' : ''}
          aria-pressed={view.paused}
          onClick={() => go({ paused: !view.paused }, true)}
        >
          <span aria-hidden="true">{view.paused ? '▶' : '❚❚'}</span>{' '}
          {view.paused ? 'Paused' : 'Pause'}
        </button>
        <ExportMenu />
      </div>
    </section>
  )
}

function RangeText() {
  const { which, whole, view } = useFrame()
  const { from, to } = which.span ?? whole!
  const sameDay = dayText(from) === dayText(to)
  const isAll = view.span === undefined && view.last === undefined
  return (
    <span class="range-text">
      <span>
        {dayText(from)} {clockText(from)} – {sameDay ? '' : `${dayText(to)} `}
        {clockText(to)}
      </span>
      <small>
        {isAll
          ? 'everything'
          : (RANGES.find(([seconds]) => seconds === view.last)?.[1] ?? 'chosen')}
        , {durationText(to - from)}, {zoneText(from)}
      </small>
    </span>
  )
}
