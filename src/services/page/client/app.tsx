/** The frame around every screen: what is read, the time range, the search, and the screen itself. */
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { stepsFor } from './charts/stack.ts'
import { familiesOf } from './families.ts'
import { type Frame, FrameContext, useAnswerAt, useSay, useView, whichOf } from './frame.ts'
import { useLive } from './live.ts'
import { nameBook } from './names.ts'
import { Drop } from './parts/drop.tsx'
import { Help, useHelp } from './parts/help.tsx'
import { useKeys } from './parts/keys.ts'
import { Loading, StatusLine } from './parts/status-line.tsx'
import { TimeBar } from './parts/time-bar.tsx'
import { TopBar } from './parts/top-bar.tsx'
import { SCREEN_LIST, ScreenOf } from './screens/index.tsx'
import { titleOf } from './view.ts'

export function App() {
  const [view, go] = useView()
  const live = useLive(view.paused)
  const [said, say] = useSay()
  const help = useHelp()
  const ofRun = view.run === undefined ? {} : { run: view.run }
  const overview = useAnswerAt('overview', ofRun, live.tick)
  const runs = useAnswerAt('runs', {}, live.tick)
  // An overview tells the span of all that is stored, a run its own.
  const ownSpan = runs.answer?.find(({ run }) => run === view.run)?.span
  const whole = ownSpan ?? overview.answer?.span
  const timeline = useAnswerAt('traffic', whole && { ...ofRun, steps: stepsFor(whole) }, live.tick)
  const titles = useAnswerAt('families', {}, 0)
  const called = useAnswerAt('names', {}, live.tick)
  const colours = useRef(new Map<string, number>())
  const names = useMemo(
    () => nameBook(called.answer ?? { hosts: {}, networks: [] }),
    [called.answer],
  )
  const which = useMemo(() => whichOf(view, whole), [view, whole?.from, whole?.to])
  const inSpan = useAnswerAt('overview', which.span && which, live.tick)
  const shown = (which.span && inSpan.answer) ?? overview.answer
  const families = useMemo(
    () =>
      familiesOf(
        titles.answer ?? [],
        shown?.families.map(({ family }) => family),
        colours.current,
      ),
    [titles.answer, shown],
  )
  const frame: Frame = { view, go, live, which, whole, families, names, say }
  useKeys(frame, help)
  const title = titleOf(view, SCREEN_LIST.find(({ name }) => name === view.screen)!.title)
  useEffect(() => {
    document.title = title
  }, [title])
  return (
    <FrameContext.Provider value={frame}>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        To the content
      </button>
      <TopBar runs={runs.answer ?? []} openHelp={help.open} />
      <Loading />
      <TimeBar chart={timeline.answer} />
      <StatusLine isEmpty={overview.answer !== undefined && whole === undefined} />
      <main id="main" tabIndex={-1}>
        <ScreenOf
          isEmpty={overview.answer !== undefined && whole === undefined}
          key={`${view.screen} ${view.key}`}
        />
      </main>
      <Drop />
      <Help help={help} />
      <p class="hidden" aria-live="polite">
        {said}
      </p>
    </FrameContext.Provider>
  )
}
