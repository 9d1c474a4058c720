/** What every part of the page stands in: the view, the time range, what is read, and how to ask. */
import { createContext } from 'preact'
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks'
import type { Span, Which } from '../../../core/store.ts'
import type { Api } from '../api.ts'
import { ask, Refused } from './ask.ts'
import type { Families } from './families.ts'
import type { Live } from './live.ts'
import type { NameBook } from './names.ts'
import { type Change, changed, hashOf, type View, viewOf } from './view.ts'

/** After a server that cannot be reached, or is busy: until it is asked again. */
const RETRY_MILLIS = 2000
/** Between two messages to a screen reader. */
const SAY_MILLIS = 10_000

export interface Frame {
  readonly view: View
  /** Show something else; `quietly` leaves no step in the history, as for each letter typed. */
  readonly go: (change: Change, quietly?: boolean) => void
  readonly live: Live
  /** The time range and the capture that were chosen, for each question. */
  readonly which: Which
  /** From the first to the last packet of what is stored. */
  readonly whole: Span | undefined
  readonly families: Families
  readonly names: NameBook
  /** Tell those who hear the page instead of seeing it. */
  readonly say: (message: string) => void
}

export const FrameContext = createContext<Frame | undefined>(undefined)

export function useFrame(): Frame {
  const frame = useContext(FrameContext)
  if (frame === undefined) throw new Error('outside of the frame')
  return frame
}

/** The address bar as state. */
export function useView(): readonly [View, Frame['go']] {
  const [view, setView] = useState(() => viewOf(location.hash))
  const current = useRef(view)
  current.current = view
  useEffect(() => {
    const read = () => setView(viewOf(location.hash))
    addEventListener('hashchange', read)
    addEventListener('popstate', read)
    return () => {
      removeEventListener('hashchange', read)
      removeEventListener('popstate', read)
    }
  }, [])
  const go = useCallback((change: Change, quietly = false) => {
    const before = current.current
    const next = changed(before, change)
    const hash = hashOf(next)
    if (hash === location.hash) return
    history[quietly ? 'replaceState' : 'pushState'](null, '', hash)
    current.current = next
    setView(next)
    if (next.screen !== before.screen || next.key !== before.key) scrollTo(0, 0)
  }, [])
  return [view, go]
}

/** The address of what a change would show, for real links. */
export function useHref(): (change: Change) => string {
  const { view } = useFrame()
  return (change) => hashOf(changed(view, change))
}

export function whichOf(view: View, whole: Span | undefined): Which {
  const span =
    view.last !== undefined && whole !== undefined
      ? { from: Math.max(whole.from, whole.to - view.last * 1e6), to: whole.to }
      : view.span
  return { ...(span ? { span } : {}), ...(view.run === undefined ? {} : { run: view.run }) }
}

export interface Answer<T> {
  /** The last one that came; it may be of the question before. */
  readonly answer: T | undefined
  readonly error: Error | undefined
  /** A newer answer is on its way, to another question than the one that is shown. */
  readonly isBusy: boolean
}

interface Came<T> {
  readonly asked?: string
  readonly answer?: T
  readonly error?: Error
}

/** Ask, and ask again whenever there is more; `undefined` asks nothing. */
export function useAnswer<Name extends keyof Api>(
  name: Name,
  question: Api[Name][0] | undefined,
): Answer<Api[Name][1]> {
  return useAnswerAt(name, question, useFrame().live.tick)
}

/** As above, outside of the frame. */
export function useAnswerAt<Name extends keyof Api>(
  name: Name,
  question: Api[Name][0] | undefined,
  tick: number,
): Answer<Api[Name][1]> {
  type Row = Api[Name][1]
  const asked = question === undefined ? undefined : JSON.stringify(question)
  const [came, setCame] = useState<Came<Row>>({})
  /** The tick that is being answered; a tick during an answer is not another request. */
  const running = useRef<AbortController>(undefined)
  const newest = useRef(tick)
  newest.current = tick
  const load = useCallback(async (text: string, controller: AbortController) => {
    for (let at = -1; at !== newest.current && !controller.signal.aborted; ) {
      at = newest.current
      try {
        const answer = await ask(name, JSON.parse(text) as Api[Name][0], controller.signal)
        if (!controller.signal.aborted) setCame({ asked: text, answer })
      } catch (error) {
        if (controller.signal.aborted) return
        const isPassing = !(error instanceof Refused) || error.status >= 500
        setCame((before) =>
          isPassing && before.asked === text && before.answer !== undefined
            ? before
            : { ...before, asked: text, error: error as Error },
        )
        if (!isPassing) continue
        await new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS))
        at = -1
      }
    }
    if (running.current === controller) running.current = undefined
  }, [])
  useEffect(() => {
    if (asked === undefined) return
    running.current?.abort()
    const controller = new AbortController()
    running.current = controller
    void load(asked, controller)
    return () => running.current?.abort()
  }, [asked])
  useEffect(() => {
    if (asked === undefined || running.current !== undefined) return
    const controller = new AbortController()
    running.current = controller
    void load(asked, controller)
  }, [tick])
  return { answer: came.answer, error: came.error, isBusy: asked !== came.asked }
}

/** Messages for a screen reader: the newest, at most one in ten seconds. */
export function useSay(): readonly [string, (message: string) => void] {
  const [said, setSaid] = useState('')
  const waiting = useRef<string>(undefined)
  const isQuiet = useRef(false)
  const speak = useCallback((message: string) => {
    if (isQuiet.current) {
      waiting.current = message
      return
    }
    setSaid(message)
    isQuiet.current = true
    setTimeout(() => {
      isQuiet.current = false
      const next = waiting.current
      waiting.current = undefined
      if (next !== undefined) speak(next)
    }, SAY_MILLIS)
  }, [])
  return [said, speak]
}
