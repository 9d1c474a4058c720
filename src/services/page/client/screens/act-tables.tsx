/** The tables of the screen Act. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { endpointText } from '../../../../core/address.ts'
import type {
  WallDecision,
  WallHeld,
  WallHits,
  WallList,
  WallRefused,
  WallRule,
  WallState,
} from '../../api.ts'
import { useFrame, useHref } from '../frame.ts'
import { Bar, Empty, FamilyMark, Moment, SurenessMark } from '../parts/basic.tsx'
import { HostLink } from '../parts/host-name.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { countText, leftText, safe } from '../words.ts'

const TICK_MILLIS = 1000

/** The server's time goes on from when it was told; it stands while the page is held. */
function useServerTime(toldMicros: number): number {
  const { paused } = useFrame().view
  const told = useRef({ micros: toldMicros, millis: performance.now() })
  if (told.current.micros !== toldMicros) {
    told.current = { micros: toldMicros, millis: performance.now() }
  }
  const [now, setNow] = useState(toldMicros)
  useEffect(() => {
    setNow(toldMicros)
    if (paused) return
    const timer = setInterval(() => {
      const { micros, millis } = told.current
      setNow(micros + 1000 * (performance.now() - millis))
    }, TICK_MILLIS)
    return () => clearInterval(timer)
  }, [paused, toldMicros])
  return Math.max(now, toldMicros)
}

const HITS: readonly Column<WallHits>[] = [
  { title: 'Flows decided', isEnd: true, cell: ({ hits }) => countText(hits) },
  {
    title: 'Last',
    isEnd: true,
    cell: ({ lastMicros }) =>
      lastMicros === undefined ? (
        <span class="muted">never</span>
      ) : (
        <Moment micros={lastMicros} short />
      ),
  },
]

export function Policy({ rules }: { readonly rules: readonly WallRule[] }) {
  if (rules.length === 0) {
    return (
      <Empty title="The policy has no rule.">
        Networks, permitted ports and lists decide alone.
      </Empty>
    )
  }
  return (
    <Table<WallRule>
      caption="Rules of the policy"
      rows={rules}
      keyOf={({ index }) => String(index)}
      columns={[
        { title: '#', isEnd: true, cell: ({ index }) => index },
        { title: 'Rule', isHeader: true, class: 'name-cell', cell: ({ name }) => safe(name) },
        { title: 'Whom and what', class: 'name-cell', cell: ({ text }) => safe(text) },
        { title: 'Does', cell: ({ action }) => <ActionMark action={action} /> },
        ...HITS,
      ]}
    />
  )
}

export function OtherHits({ rows }: { readonly rows: readonly WallHits[] }) {
  return (
    <>
      <h3 class="card-part">Decided beside the rules</h3>
      <Table<WallHits>
        caption="What else decided"
        rows={rows}
        keyOf={({ name }) => name}
        columns={[
          { title: 'By', isHeader: true, class: 'name-cell', cell: ({ name }) => safe(name) },
          ...HITS,
        ]}
      />
    </>
  )
}

// biome-ignore format: a table
const ACTIONS: Readonly<Record<WallDecision['action'], readonly [sign: string, done: string]>> = {
  permit:   ['✓', 'passed'],
  watch:    ['○', 'watched'],
  learn:    ['○', 'learned from'],
  throttle: ['▼', 'throttled'],
  block:    ['✕', 'blocked'],
  refuse:   ['✕', 'refused'],
  lock:     ['✕', 'held back'],
}

function signOf(action: string): string {
  return Object.hasOwn(ACTIONS, action) ? ACTIONS[action as WallDecision['action']][0] : ''
}

/** What a rule does, as the policy writes it: `block reset for 10m`. */
export function ActionMark({ action }: { readonly action: string }) {
  return <Marked sign={signOf(action.split(' ', 1)[0]!)} text={action} />
}

/** What a decision did. */
function Done({ row: { action, how } }: { readonly row: WallDecision }) {
  const [sign, done] = ACTIONS[action]
  return <Marked sign={sign} text={how === 'reset' ? `${done}, reset` : done} />
}

function Marked({ sign, text }: { readonly sign: string; readonly text: string }) {
  return (
    <span class={`action ${sign === '✕' ? 'stopped' : ''}`}>
      <span aria-hidden="true">{sign}</span> {text}
    </span>
  )
}

function Left({ until, now }: { readonly until: number; readonly now: number }) {
  return <time dateTime={new Date(until / 1000).toISOString()}>{leftText(until - now)}</time>
}

export function HeldHosts({ wall: { held, micros } }: { readonly wall: WallState }) {
  const now = useServerTime(micros)
  if (held.length === 0) return <Empty title="No host is held." />
  return (
    <Table<WallHeld>
      caption="Held hosts"
      rows={held}
      keyOf={({ host }) => host}
      columns={[
        {
          title: 'Host',
          isHeader: true,
          cell: ({ host }) => <HostLink ip={host} />,
        },
        {
          title: 'Left',
          isEnd: true,
          cell: ({ sinceMicros = micros, untilMicros }) => (
            <span class="with-bar">
              <Bar share={(untilMicros - now) / Math.max(1, untilMicros - sinceMicros)} />
              <Left until={untilMicros} now={now} />
            </span>
          ),
        },
        {
          title: 'Since',
          isEnd: true,
          cell: ({ sinceMicros }) =>
            sinceMicros === undefined ? '–' : <Moment micros={sinceMicros} short />,
        },
        { title: 'Named to it', isEnd: true, cell: ({ named }) => countText(named) },
        { title: 'Rule', class: 'clip', cell: ({ rule }) => safe(rule) },
      ]}
    />
  )
}

export function RefusedEndpoints({ wall: { refused, micros } }: { readonly wall: WallState }) {
  const now = useServerTime(micros)
  if (refused.total === 0) return <Empty title="No endpoint is refused." />
  return (
    <Table<WallRefused>
      caption="Refused endpoints"
      rows={refused.some}
      keyOf={({ host, endpoint }) => `${host} ${endpointText(endpoint)}`}
      columns={[
        {
          title: 'Endpoint',
          isHeader: true,
          class: 'mono',
          cell: ({ endpoint, carriers }) => (
            <>
              {endpointText(endpoint)}
              {carriers !== 'both' && <small class="tag">{carriers}</small>}
            </>
          ),
        },
        {
          title: 'Left',
          isEnd: true,
          cell: ({ untilMicros }) => <Left until={untilMicros} now={now} />,
        },
        { title: 'To', cell: ({ host }) => <HostLink ip={host} /> },
        {
          title: 'Named by',
          cell: ({ by, via }) =>
            via === 'flow' ? (
              'a flow to it was blocked'
            ) : (
              <>
                <HostLink ip={by.ip} port={by.port} /> <small class="muted">{safe(via)}</small>
              </>
            ),
        },
      ]}
    />
  )
}

interface ListsProps {
  readonly lists: readonly WallList[]
  readonly names: WallState['names']
}

export function Lists({ lists, names }: ListsProps) {
  if (lists.length === 0 && names.length === 0) {
    return <Empty title="There is no list, and no name was asked for that is refused." />
  }
  return (
    <>
      {lists.length > 0 && (
        <Table<WallList>
          caption="Lists of addresses"
          rows={lists}
          keyOf={({ name }) => name}
          columns={[
            { title: 'List', isHeader: true, class: 'name-cell', cell: ({ name }) => safe(name) },
            { title: 'Ranges', isEnd: true, cell: ({ ranges }) => countText(ranges) },
            {
              title: 'IPv4 addresses',
              isEnd: true,
              cell: ({ addresses }) => countText(addresses),
            },
            { title: 'Hits', isEnd: true, cell: ({ hits }) => countText(hits) },
            {
              title: 'Counts until',
              isEnd: true,
              cell: ({ expiresMicros }) =>
                expiresMicros === undefined ? '–' : <Moment micros={expiresMicros} />,
            },
          ]}
        />
      )}
      {names.length > 0 && (
        <Table<ListsProps['names'][number]>
          caption="Names that DNS refused"
          rows={names}
          keyOf={({ name }) => name}
          columns={[
            { title: 'Name', isHeader: true, class: 'name-cell', cell: ({ name }) => safe(name) },
            { title: 'Queries refused', isEnd: true, cell: ({ hits }) => countText(hits) },
          ]}
        />
      )}
    </>
  )
}

export function Decisions({ rows }: { readonly rows: readonly WallDecision[] }) {
  const href = useHref()
  if (rows.length === 0) {
    return <Empty title="Nothing was decided yet.">Flows of no interest pass unmentioned.</Empty>
  }
  return (
    <Table<WallDecision>
      caption="Last decisions"
      rows={rows}
      keyOf={({ flow, micros }, index) => `${flow} ${micros} ${index}`}
      columns={[
        {
          title: 'Time',
          isHeader: true,
          cell: ({ micros }) => <Moment micros={micros} short />,
        },
        { title: 'Done', cell: (row) => <Done row={row} /> },
        { title: 'Host', cell: ({ host }) => <HostLink ip={host} /> },
        {
          title: 'With',
          class: 'mono',
          cell: ({ ends, host, carrier }) =>
            `${endpointText(ends[ends[0].ip === host ? 1 : 0])} ${carrier}`,
        },
        { title: 'As', cell: (row) => <Named row={row} /> },
        { title: 'Rule', class: 'clip', cell: ({ rule }) => safe(rule) },
        { title: 'Why', class: 'clip reason-cell', cell: ({ why }) => <Why why={why} /> },
        {
          title: 'Flow',
          isEnd: true,
          cell: ({ flow }) => <a href={href({ screen: 'flows', key: '', open: flow })}>{flow}</a>,
        },
      ]}
    />
  )
}

function Named({ row: { family, sureness } }: { readonly row: WallDecision }) {
  if (family === undefined) return <span class="muted">no protocol</span>
  return (
    <>
      <FamilyMark family={family} />{' '}
      {sureness !== undefined && <SurenessMark sureness={sureness} />}
    </>
  )
}

function Why({ why }: { readonly why: readonly string[] }) {
  const text = safe(why.join('; '))
  return <span title={text}>{text}</span>
}
