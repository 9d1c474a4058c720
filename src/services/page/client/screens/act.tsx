/** What stops P2P here: the policy with its hits, who is held, what is refused, and why. */
import type { WallCounters, WallState } from '../../api.ts'
import { useAnswer } from '../frame.ts'
import { Answered, Section, Tile } from '../parts/basic.tsx'
import { bytesText, counted, countText } from '../words.ts'
import { Preview } from './act-preview.tsx'
import { Decisions, HeldHosts, Lists, OtherHits, Policy, RefusedEndpoints } from './act-tables.tsx'

export function ActScreen() {
  const wall = useAnswer('wall', {})
  return (
    <div class="screen act">
      <h1>Act</h1>
      <Answered of={wall} what="the wall">
        {(view) => (view.running ? <Wall wall={view} /> : <NoWall />)}
      </Answered>
    </div>
  )
}

function NoWall() {
  return (
    <div class="start">
      <h2>No wall runs here</h2>
      <p>
        This page shows what was seen; nothing is stopped by it. A wall decides about packets while
        they pass through a Linux machine, and brings this page along:
      </p>
      <dl class="start-ways">
        <dt>
          <code>peerscope wall --listen 127.0.0.1:8686</code>
        </dt>
        <dd>blocks P2P as peerscope.yaml says it, until it is stopped</dd>
        <dt>
          <code>peerscope wall --dry-run</code>
        </dt>
        <dd>shows the rules of the kernel, and does nothing</dd>
        <dt>
          <code>peerscope wall try capture.pcapng</code>
        </dt>
        <dd>says what each rule would have hit</dd>
      </dl>
    </div>
  )
}

function Wall({ wall }: { readonly wall: WallState }) {
  const { rules, others, refused, lists, names } = wall
  return (
    <>
      <Tiles wall={wall} />
      <Section
        title="Policy"
        note={
          wall.mode === 'deny'
            ? 'The first rule that fits decides; what nothing permits does not pass.'
            : 'The first rule that fits decides; where none does, the network’s policy.'
        }
      >
        <Policy rules={rules} />
        {others.length > 0 && <OtherHits rows={others} />}
      </Section>
      <div class="two">
        <Section title="Held hosts" note="Time-locks: what looks like more of the same is dropped.">
          <HeldHosts wall={wall} />
        </Section>
        <Section
          title="Refused endpoints"
          note={
            refused.total > refused.some.length
              ? `The last ${refused.some.length} of ${countText(refused.total)}.`
              : 'Named to hosts that were caught.'
          }
        >
          <RefusedEndpoints wall={wall} />
        </Section>
      </div>
      <Section title="Last decisions" note="The newest first; --format eve writes them all.">
        <Decisions rows={wall.decisions} />
      </Section>
      <div class="two">
        <Section title="Lists and names" note="Addresses and names that are refused to everybody.">
          <Lists lists={lists} names={names} />
        </Section>
        <Section title="Counters" note="Since the wall stands.">
          <Counters wall={wall} />
        </Section>
      </div>
      <Section title="Another policy" note="What it would change. Nothing is done by looking.">
        <Preview />
      </Section>
      <KernelRules wall={wall} />
    </>
  )
}

function Tiles({ wall }: { readonly wall: WallState }) {
  const { held, refused, counters, engine, queue, fail } = wall
  const lost = counters.queueDropped + counters.socketDropped
  return (
    <dl class="tiles">
      <Tile title="Held hosts" value={countText(held.length)} tone={held.length > 0 ? 'warn' : ''}>
        {held.length === 0 ? 'nobody is caught' : 'see their time-locks below'}
      </Tile>
      <Tile title="Refused endpoints" value={countText(refused.total)}>
        {refused.total === 0 ? 'nothing was named' : 'for a time, to whom they were named'}
      </Tile>
      <Tile title="Packets that came up" value={countText(counters.packets)}>
        {bytesText(counters.bytes)}: first packets of flows
      </Tile>
      <Tile title="Dropped" value={countText(counters.dropped)}>
        {counted(counters.resets, 'reset packet')} sent
      </Tile>
      <Tile title="No room to wait" value={countText(lost)} tone={lost > 0 ? 'bad' : ''}>
        {fail === 'open' ? 'such packets pass' : 'such packets are dropped'}
      </Tile>
      <Tile title="Rules of the kernel" value={engine}>
        queue {queue}
      </Tile>
    </dl>
  )
}

// biome-ignore format: a table
const COUNTERS = [
  ['accepted', 'Packets let pass'],
  ['dropped', 'Packets dropped'],
  ['resets', 'Connections reset'],
  ['decoys', 'Answers in a peer’s place'],
  ['cuts', 'Flows cut after they passed'],
  ['late', 'Verdicts that came too late'],
  ['unsaid', 'Events left untold'],
  ['waiting', 'Packets that wait now'],
  ['queueDropped', 'No room in the queue'],
  ['socketDropped', 'No room at the socket'],
] as const satisfies readonly (readonly [keyof WallCounters, string])[]

function Counters({ wall: { counters, limits } }: { readonly wall: WallState }) {
  const bounds = Object.entries(limits).map(([name, value]) => [`Bound ${name}`, value] as const)
  return (
    <dl class="counters">
      {[...COUNTERS.map(([key, title]) => [title, counters[key]] as const), ...bounds].map(
        ([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{countText(value)}</dd>
          </div>
        ),
      )}
    </dl>
  )
}

function KernelRules({ wall: { kernelRules, engine } }: { readonly wall: WallState }) {
  return (
    <Section title="Rules of the kernel" note={`As ${engine} was told them.`}>
      {kernelRules === '' ? (
        <p class="state">Somebody else makes the rules (--no-rules); the wall reads its queue.</p>
      ) : (
        <details class="rules-text">
          <summary>Show {counted(kernelRules.trimEnd().split('\n').length, 'line')}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section class="scroll" tabIndex={0} aria-label="Rules of the kernel">
            <pre>{kernelRules}</pre>
          </section>
        </details>
      )}
    </Section>
  )
}
