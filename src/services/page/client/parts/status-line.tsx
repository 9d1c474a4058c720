/** What is read or watched, how fast, and what was lost: never hidden. */
import { useEffect, useRef } from 'preact/hooks'
import type { Status } from '../../api.ts'
import { useFrame } from '../frame.ts'
import { bytesText, countText, durationText, percentText, safe } from '../words.ts'

/** A line below the bar while a capture is read. */
export function Loading() {
  const { status } = useFrame().live
  if (status?.state !== 'reading') return null
  const { bytesRead, bytesTotal } = status
  const isKnown = bytesRead !== undefined && bytesTotal !== undefined && bytesTotal > 0
  return (
    <progress
      class="loading"
      aria-label={`Reading ${status.source}`}
      {...(isKnown ? { value: bytesRead, max: bytesTotal } : {})}
    />
  )
}

export function StatusLine({ isEmpty }: { readonly isEmpty: boolean }) {
  const { live, view } = useFrame()
  const { status, isConnected } = live
  return (
    <section class="status" aria-label="What is read">
      {isConnected ? null : (
        <span class="status-bad">
          <span aria-hidden="true">▲</span> No connection to the server; what is shown may be old.
        </span>
      )}
      {status !== undefined && <StateText status={status} isPaused={view.paused} />}
      {status !== undefined && !isEmpty && <Figures status={status} />}
    </section>
  )
}

function doneText({ source, error }: Status): string {
  if (source === '') return 'Nothing was read yet'
  if (error === undefined) return `${safe(source)} was read to its end`
  return `${safe(source)}: ${safe(error)}; what came before was read`
}

function StateText({ status, isPaused }: { readonly status: Status; readonly isPaused: boolean }) {
  const { state, source, bytesRead, bytesTotal, error } = status
  const { say } = useFrame()
  const share =
    bytesRead !== undefined && bytesTotal
      ? ` ${percentText(Math.min(1, bytesRead / bytesTotal))}`
      : ''
  const texts: Readonly<Record<Status['state'], string>> = {
    watching: `Watching ${safe(source)}${error === undefined ? '' : `: ${safe(error)}`}`,
    reading: `Reading ${safe(source)}${share}: what is shown is what was read so far`,
    done: doneText(status),
    failed: `Reading ${safe(source)} failed: ${safe(error ?? 'no reason told')}`,
  }
  const before = useRef(state)
  useEffect(() => {
    if (before.current !== state) say(texts[state])
    before.current = state
  }, [state])
  const signs: Readonly<Record<Status['state'], string>> = {
    watching: '●',
    reading: '◔',
    done: source === '' ? '○' : error === undefined ? '✓' : '▲',
    failed: '▲',
  }
  return (
    <span class={`status-state ${state}`}>
      <span aria-hidden="true">{signs[state]}</span> {texts[state]}
      {isPaused && state !== 'done' && ', shown as it was when paused'}
    </span>
  )
}

function Figures({ status }: { readonly status: Status }) {
  const { packets, bytes, packetsPerSecond, dropped, ringUse, lagMillis, state } = status
  return (
    <span class="status-figures">
      <span title="All that was captured, also what is no IP; amounts elsewhere are of flows of IP">
        {countText(packets)} packets, {bytesText(bytes)} captured
      </span>
      {(state === 'watching' || state === 'reading') && (
        <span>{countText(Math.round(packetsPerSecond))} packets/s</span>
      )}
      {ringUse !== undefined && <span>ring {percentText(ringUse)} full</span>}
      {lagMillis !== undefined && <span>{durationText(lagMillis * 1000)} behind</span>}
      <span class={dropped > 0 ? 'status-bad' : ''}>
        {dropped > 0 && <span aria-hidden="true">▲ </span>}
        {countText(dropped)} dropped
      </span>
    </span>
  )
}
