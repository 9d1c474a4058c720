/** The one time range of all screens: traffic from first to last packet, and a window that is moved. */
import type { RefObject } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { Span, TrafficChart } from '../../../../core/store.ts'
import { useFrame } from '../frame.ts'
import { durationText, momentText } from '../words.ts'

/** Shares of the width, 0 to 1. */
interface Window {
  readonly from: number
  readonly to: number
}

type Grip = 'from' | 'to' | 'both' | 'new'

/** Narrower windows are clicks that slipped. */
const WINDOW_MIN = 0.004

export function Timeline({
  whole,
  chart,
}: {
  readonly whole: Span
  readonly chart: TrafficChart | undefined
}) {
  const { which, go } = useFrame()
  const place = useRef<HTMLDivElement>(null)
  const length = Math.max(1, whole.to - whole.from)
  const share = (micros: number) => Math.min(1, Math.max(0, (micros - whole.from) / length))
  const current: Window =
    which.span === undefined
      ? { from: 0, to: 1 }
      : { from: share(which.span.from), to: share(which.span.to) }
  const micros = (at: number) => Math.round(whole.from + at * length)
  const take = (window: Window) => {
    const isWhole = window.from <= 0 && window.to >= 1
    const span = isWhole ? undefined : { from: micros(window.from), to: micros(window.to) }
    go({ span, last: undefined, page: 0 })
  }
  const { moved, handlers } = useDrag(place, current, take)
  const shownWindow = moved ?? current
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the two grips inside do the same by keys
    <div class="timeline" ref={place} {...handlers} onDblClick={() => take({ from: 0, to: 1 })}>
      {chart !== undefined && <Bars chart={chart} whole={whole} />}
      <div class="timeline-off" style={{ left: 0, width: `${shownWindow.from * 100}%` }} />
      <div class="timeline-off" style={{ right: 0, width: `${(1 - shownWindow.to) * 100}%` }} />
      <div
        class="timeline-window"
        style={{
          left: `${shownWindow.from * 100}%`,
          width: `${(shownWindow.to - shownWindow.from) * 100}%`,
        }}
      />
      {(['from', 'to'] as const).map((end) => (
        <Grip
          key={end}
          end={end}
          at={shownWindow[end]}
          text={momentText(micros(shownWindow[end]))}
          length={length}
          onMove={(next) => take(withEnd(current, end, next))}
        />
      ))}
    </div>
  )
}

/** A window that is drawn, moved or stretched with the pointer; taken when the pointer is lifted. */
function useDrag(
  place: RefObject<HTMLDivElement | null>,
  current: Window,
  take: (window: Window) => void,
) {
  const drag = useRef<{ grip: Grip; start: number; before: Window }>(undefined)
  const [moved, setMoved] = useState<Window>()
  const at = (event: PointerEvent) => {
    const { left, width } = place.current!.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - left) / width))
  }
  const up = () => {
    drag.current = undefined
    setMoved(undefined)
    if (moved !== undefined && moved.to - moved.from >= WINDOW_MIN) take(moved)
  }
  const handlers = {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return
      const start = at(event)
      drag.current = { grip: gripAt(event, current, start), start, before: current }
      place.current!.setPointerCapture(event.pointerId)
    },
    onPointerMove: (event: PointerEvent) => {
      if (drag.current !== undefined) setMoved(dragged(drag.current, at(event)))
    },
    onPointerUp: up,
    onPointerCancel: up,
  }
  return { moved, handlers }
}

function gripAt(event: PointerEvent, window: Window, at: number): Grip {
  const grip = (event.target as Element).closest<HTMLElement>('[data-grip]')?.dataset.grip
  if (grip === 'from' || grip === 'to') return grip
  // Where everything is chosen there is nothing to move: a drag draws a window.
  const isWhole = window.from <= 0 && window.to >= 1
  return !isWhole && at > window.from && at < window.to ? 'both' : 'new'
}

function dragged(
  { grip, start, before }: { grip: Grip; start: number; before: Window },
  at: number,
): Window {
  if (grip === 'new') return { from: Math.min(start, at), to: Math.max(start, at) }
  if (grip !== 'both') return withEnd(before, grip, at)
  const size = before.to - before.from
  const from = Math.min(1 - size, Math.max(0, before.from + at - start))
  return { from, to: from + size }
}

function withEnd(window: Window, end: 'from' | 'to', at: number): Window {
  return end === 'from'
    ? { from: Math.max(0, Math.min(at, window.to - WINDOW_MIN)), to: window.to }
    : { from: window.from, to: Math.min(1, Math.max(at, window.from + WINDOW_MIN)) }
}

interface GripProps {
  readonly end: 'from' | 'to'
  readonly at: number
  readonly text: string
  /** Of the whole, in microseconds. */
  readonly length: number
  readonly onMove: (at: number) => void
}

function Grip({ end, at, text, length, onMove }: GripProps) {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -0.01,
    ArrowDown: -0.01,
    ArrowRight: 0.01,
    ArrowUp: 0.01,
    PageDown: -0.1,
    PageUp: 0.1,
    Home: -1,
    End: 1,
  }
  return (
    <div
      class="timeline-grip"
      data-grip={end}
      style={{ left: `${at * 100}%` }}
      role="slider"
      tabIndex={0}
      aria-label={end === 'from' ? 'Start of the time range' : 'End of the time range'}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(at * 100)}
      aria-valuetext={`${text}, of ${durationText(length)}`}
      onKeyDown={(event) => {
        const step = steps[event.key]
        if (step === undefined) return
        event.preventDefault()
        onMove(Math.min(1, Math.max(0, at + step)))
      }}
    />
  )
}

/** All traffic pale, what is P2P strong; the square root lets small amounts be seen beside big ones. */
function Bars({ chart, whole }: { readonly chart: TrafficChart; readonly whole: Span }) {
  const p2p = chart.rest.map((_, step) =>
    chart.series.reduce((sum, { bytes }) => sum + (bytes[step] ?? 0), 0),
  )
  const all = chart.rest.map((rest, step) => rest + p2p[step]!)
  const most = Math.max(1, ...all)
  const length = Math.max(1, whole.to - whole.from)
  const x = (step: number) => ((chart.from + step * chart.stepMicros - whole.from) / length) * 1000
  const path = (amounts: readonly number[]) =>
    amounts
      .map((amount, step) => {
        if (amount === 0) return ''
        const height = Math.max(1.5, Math.sqrt(amount / most) * 38)
        return `M${x(step).toFixed(1)} 40v-${height.toFixed(1)}H${x(step + 1).toFixed(1)}V40z`
      })
      .join('')
  return (
    <svg viewBox="0 0 1000 40" preserveAspectRatio="none" aria-hidden="true">
      <path class="timeline-all" d={path(all)} />
      <path class="timeline-p2p" d={path(p2p)} />
    </svg>
  )
}
