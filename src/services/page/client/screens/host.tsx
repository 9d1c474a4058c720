/** "Is it this one, how sure, and why?" One host, its verdict in words, and what it did when. */
import type { HostDetail, Lane, Span, StoredReason } from '../../../../core/store.ts'
import { Lanes } from '../charts/lanes.tsx'
import { type Layer, stepsFor } from '../charts/stack.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import { useAnswer, useFrame, useHref } from '../frame.ts'
import {
  Answered,
  Empty,
  Fact,
  FamilyMarks,
  Moment,
  Score,
  Section,
  SurenessMark,
} from '../parts/basic.tsx'
import { compared, narrowed } from '../parts/completion.ts'
import { copy } from '../parts/export-menu.tsx'
import { NetworkTag } from '../parts/host-name.tsx'
import { bytesText, counted, countText, durationText, safe } from '../words.ts'
import { Clients, Contents, Findings } from './host-tables.tsx'

/** Of lanes and charts below each other: names left, sums right. */
const GUTTERS = [240, 96] as const
/** Below this many pixels the lanes are narrower, and the charts take what they need. */
const WIDE_PIXELS = 720

export function HostScreen() {
  const { which, whole, view } = useFrame()
  const span = which.span ?? whole
  const host = useAnswer('host', span && { ...which, host: view.key, steps: stepsFor(span) })
  return (
    <div class="screen host">
      {host.answer === undefined && <h1 class="mono">{safe(view.key)}</h1>}
      <Answered of={host} what="the host">
        {(answer) => <Host host={answer} />}
      </Answered>
    </div>
  )
}

function Host({ host }: { readonly host: HostDetail }) {
  return (
    <>
      <Head host={host} />
      <div class="two">
        <Section title="Why" note="The strongest reasons; each leads to its packet." class="why">
          <Reasons host={host} />
        </Section>
        <Section title="What speaks against it" class="against">
          {host.against.length === 0 ? (
            <Empty title="Nothing speaks against the verdict." />
          ) : (
            <ul class="plain-list">
              {host.against.map((text) => (
                <li key={text}>{safe(text)}</li>
              ))}
            </ul>
          )}
        </Section>
      </div>
      <Doings host={host} />
      <Contents host={host} />
      <div class="two">
        <Clients host={host} />
        <Findings host={host} />
      </div>
    </>
  )
}

function Head({ host }: { readonly host: HostDetail }) {
  const href = useHref()
  const { families, names: book, say, which } = useFrame()
  const isPart = which.span !== undefined
  const name = book.host(host.host)
  const names = host.families.map((family) => families.title(family)).join(', ')
  return (
    <header class="host-head">
      <div>
        <p class="over">Host</p>
        <div class="host-title">
          <h1 class="mono">{host.host}</h1>
          <button
            type="button"
            class="quiet"
            onClick={() => void copy(host.host).then(() => say('Address copied.'))}
          >
            Copy
          </button>
        </div>
        <p class="host-names">
          {name !== undefined && safe(name)} <NetworkTag ip={host.host} />
        </p>
        <p class="host-sentence">
          {host.families.length === 0
            ? 'No verdict: this host was not seen to take part in any overlay.'
            : `Takes part in ${names}${host.parts.length > 0 ? ` as ${host.parts.join(', ')}` : ''}.`}
        </p>
        <FamilyMarks families={host.families} />
      </div>
      <dl class="facts">
        <div class="fact-verdict">
          <dt>Verdict</dt>
          <dd>
            <Score score={host.score} sureness={host.sureness} />
            <SurenessMark sureness={host.sureness} />
          </dd>
        </div>
        <Fact title="Up">{bytesText(host.bytesSent)}</Fact>
        <Fact title="Down">{bytesText(host.bytesReceived)}</Fact>
        <Fact title="Ratio">{ratioText(host.bytesSent, host.bytesReceived)}</Fact>
        <Fact title="Flows">
          <a href={href({ screen: 'flows', key: '', where: `host==${host.host}` })}>
            {countText(host.flows)}
          </a>
        </Fact>
        <Fact title="Peers">{countText(host.peers)}</Fact>
        <Fact title="Named by others">
          <a href={href({ screen: 'backtrack', key: host.host })} title="Who told whom of it">
            {counted(host.claimedBy, 'time')}
          </a>
        </Fact>
        <Fact title="Seen">
          {host.flows === 0 && isPart ? (
            'not in this time range'
          ) : (
            <>
              <Moment micros={host.firstMicros} /> for{' '}
              {durationText(host.lastMicros - host.firstMicros)}
            </>
          )}
        </Fact>
      </dl>
    </header>
  )
}

function ratioText(sent: number, received: number): string {
  if (received === 0) return sent === 0 ? '–' : 'only up'
  return (sent / received).toFixed(2)
}

function Reasons({ host }: { readonly host: HostDetail }) {
  const rest = host.allReasons.slice(3)
  return (
    <>
      <ol class="reasons">
        {host.allReasons.slice(0, 3).map((reason) => (
          <Reason key={reason.text} reason={reason} host={host.host} />
        ))}
      </ol>
      {host.allReasons.length === 0 && (
        <Empty title="There are no reasons: nothing was recognised." />
      )}
      {rest.length > 0 && (
        <details>
          <summary>{counted(rest.length, 'more reason')}</summary>
          <ol class="reasons" start={4}>
            {rest.map((reason) => (
              <Reason key={reason.text} reason={reason} host={host.host} />
            ))}
          </ol>
        </details>
      )}
    </>
  )
}

function Reason({ reason, host }: { readonly reason: StoredReason; readonly host: string }) {
  const href = useHref()
  const { flow, frame, run, capture, text, weight } = reason
  const target =
    flow === undefined
      ? { screen: 'flows' as const, key: '', where: `host==${host} && family!=""`, run }
      : { screen: 'flows' as const, key: '', where: compared('id', '==', flow), open: flow, frame }
  return (
    <li>
      <span class="reason-text">{safe(text)}</span>
      <span class="reason-ref">
        <a href={href(target)}>
          {flow === undefined ? 'flows of this host' : `flow ${flow}`}, frame {frame}
        </a>{' '}
        <span class="muted">
          of {safe(capture)} · weight {Math.round(weight)}
        </span>
      </span>
    </li>
  )
}

function laneWhere(host: string, lane: Lane): string {
  const start = `host==${host} && ${compared('family', '==', lane.family)}`
  return lane.kind === 'flows' ? narrowed(start, compared('part', '==', lane.lane)) : start
}

function Doings({ host }: { readonly host: HostDetail }) {
  const { go } = useFrame()
  const href = useHref()
  const { activity } = host
  const { from, stepMicros, sent, received, open } = activity
  const perSecond = 1e6 / stepMicros
  const rates = (bytes: readonly number[]) => bytes.map((amount) => amount * perSecond)
  const layer = (label: string, colour: number, values: readonly number[]): Layer => ({
    key: label,
    label,
    colour,
    hatched: false,
    values,
  })
  const onBrush = (span: Span) => go({ span, last: undefined })
  if (activity.lanes.length === 0) {
    return (
      <Section title="What it did when">
        <Empty title="Nothing recognised in this time range." />
      </Section>
    )
  }
  return (
    <Section
      title="What it did when"
      note="A bar leads to the flows of that time; drag over the charts to choose a time."
    >
      <Lanes
        activity={activity}
        onLane={(lane, span) =>
          go({
            screen: 'flows',
            key: '',
            where: laneWhere(host.host, lane),
            ...(span ? { span, last: undefined } : {}),
          })
        }
        hrefOf={(lane) => href({ screen: 'flows', key: '', where: laneWhere(host.host, lane) })}
      />
      <h3>Up and down</h3>
      <TimeChart
        label="Bytes per second that the host sent, upwards, and received, downwards."
        kind="mirror"
        from={from}
        stepMicros={stepMicros}
        layers={[layer('Up', 1, rates(sent)), layer('Down', 0, rates(received))]}
        format={(value) => `${bytesText(value)}/s`}
        height={150}
        {...(innerWidth > WIDE_PIXELS && { gutters: GUTTERS })}
        onBrush={onBrush}
      />
      <h3>Flows open at the same time</h3>
      <TimeChart
        label="Recognised flows of the host that were open at the same time."
        kind="stack"
        from={from}
        stepMicros={stepMicros}
        layers={[layer('Open flows', 2, open)]}
        format={countText}
        height={110}
        {...(innerWidth > WIDE_PIXELS && { gutters: GUTTERS })}
        hasLegend={false}
        onBrush={onBrush}
      />
    </Section>
  )
}
