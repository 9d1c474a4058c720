/** All screens, in the order of the bar. Another one is a row here and a name in view.ts. */
import type { ComponentType } from 'preact'
import { useFrame, useHref } from '../frame.ts'
import type { ScreenName } from '../view.ts'
import { safe } from '../words.ts'
import { ActScreen } from './act.tsx'
import { BacktrackScreen } from './backtrack.tsx'
import { BacktracksScreen } from './backtracks.tsx'
import { DarkScreen } from './dark.tsx'
import { FlowsScreen } from './flows.tsx'
import { HostScreen } from './host.tsx'
import { HostsScreen } from './hosts.tsx'
import { NowScreen } from './now.tsx'
import { StartScreen } from './start.tsx'
import { SwarmScreen } from './swarm.tsx'
import { SwarmsScreen } from './swarms.tsx'

export interface Screen {
  readonly name: ScreenName
  readonly title: string
  /** After `g`. */
  readonly letter: string
  /** Without a key: the list of all, as a rule. */
  readonly list: ComponentType
  /** With a key: one of them. */
  readonly one: ComponentType
  /** Tells something also where nothing is stored yet. */
  readonly standsAlone?: boolean
}

export const SCREEN_LIST: readonly Screen[] = [
  { name: 'now', title: 'Now', letter: 'n', list: NowScreen, one: NowScreen },
  { name: 'host', title: 'Hosts', letter: 'h', list: HostsScreen, one: HostScreen },
  { name: 'flows', title: 'Flows', letter: 'f', list: FlowsScreen, one: FlowsScreen },
  { name: 'swarm', title: 'Swarms', letter: 's', list: SwarmsScreen, one: SwarmScreen },
  { name: 'dark', title: 'Dark space', letter: 'd', list: DarkScreen, one: DarkScreen },
  {
    ...{ name: 'backtrack', title: 'Backtrack', letter: 'b' },
    ...{ list: BacktracksScreen, one: BacktrackScreen },
  },
  { name: 'act', title: 'Act', letter: 'a', list: ActScreen, one: ActScreen, standsAlone: true },
]

export function ScreenOf({ isEmpty }: { readonly isEmpty: boolean }) {
  const { view } = useFrame()
  if (view.missing !== undefined) return <Nowhere name={view.missing} />
  const screen = SCREEN_LIST.find(({ name }) => name === view.screen)!
  if (isEmpty && screen.standsAlone !== true) return <StartScreen />
  const Shown = view.key === '' ? screen.list : screen.one
  return <Shown />
}

function Nowhere({ name }: { readonly name: string }) {
  const href = useHref()
  return (
    <div class="screen">
      <h1>There is no screen “{safe(name)}”</h1>
      <p>
        The address may be misspelt, or of another version.{' '}
        <a href={href({ screen: 'now', key: '' })}>What goes on now</a>
      </p>
    </div>
  )
}
