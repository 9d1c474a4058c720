/** What the server tells by itself: how reading goes, and that there is more to see. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { PATHS, type Status } from '../api.ts'

/** The page asks again at most this often, however fast a capture is read. */
const REFRESH_MILLIS = 2000

export interface Live {
  readonly status: Status | undefined
  readonly isConnected: boolean
  /** Counts up each time that everything should be asked again. */
  readonly tick: number
}

export function useLive(isPaused: boolean): Live {
  const [status, setStatus] = useState<Status>()
  const [isConnected, setConnected] = useState(true)
  const [isBehind, setBehind] = useState(false)
  const [tick, setTick] = useState(0)
  /** The revision that what is shown was asked at. The first that is told is that of the first answers. */
  const seen = useRef<number>(undefined)
  const newest = useRef(0)
  useEffect(() => {
    const source = new EventSource(`.${PATHS.events}`)
    source.onopen = () => setConnected(true)
    source.onerror = () => setConnected(false)
    source.addEventListener('status', ({ data }: MessageEvent<string>) => {
      const said = JSON.parse(data) as Status
      setStatus(said)
      newest.current = said.revision
      seen.current ??= said.revision
      if (said.revision !== seen.current) setBehind(true)
    })
    source.addEventListener('changed', () => setBehind(true))
    return () => source.close()
  }, [])
  useEffect(() => {
    if (isPaused || !isBehind) return
    const timer = setTimeout(() => {
      seen.current = newest.current
      setBehind(false)
      setTick((before) => before + 1)
    }, REFRESH_MILLIS)
    return () => clearTimeout(timer)
  }, [isPaused, isBehind])
  return { status, isConnected, tick }
}
