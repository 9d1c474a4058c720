/**
 * Who told whom, from left to right by when: nodes are hosts or networks, edges lead to the frame that
 * shows them. The same as a table stands below it (screens/backtrack.tsx).
 */
import type { Propagation, PropagationEdge, PropagationNode } from '../../../../core/store.ts'
import { useHref } from '../frame.ts'
import { compared } from '../parts/completion.ts'
import type { Change } from '../view.ts'
import { clockText, counted, countText, safe } from '../words.ts'
import { type Drawn, layoutOf, NODE, type Placed } from './ways-layout.ts'

/** With more edges, labels would cover each other and the keyboard would walk for ever. */
const LABELS_MAX = 24
const STOPS_MAX = 60
const NAME_LENGTH = 22
const CHANNEL_LENGTH = 16
const NOTE_LENGTH = 24

export function WaysGraph({ ways }: { readonly ways: Propagation }) {
  const layout = layoutOf(ways)
  const names = new Map(ways.nodes.map((node) => [node.id, nodeName(node)]))
  const areStops = layout.edges.length <= STOPS_MAX
  return (
    <section
      class="ways"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label="Graph of who told whom; the table below says the same"
    >
      <svg
        width={layout.width}
        height={layout.height}
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        aria-label={`${counted(ways.nodes.length, 'node')}, ${counted(ways.edges.length, 'step')}`}
      >
        <defs>
          {(['told', 'called'] as const).map((kind) => (
            <marker
              key={kind}
              id={`arrow-${kind}`}
              class={`arrow ${kind}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d="M0 0 8 4 0 8z" />
            </marker>
          ))}
        </defs>
        {layout.columns.map(({ x, firstMicros }, at) => (
          <text class="ways-column" x={x} y={18} key={x}>
            {columnTitle(at, layout.columns.length, ways.tellings > 0)} · {clockText(firstMicros)}
          </text>
        ))}
        {layout.edges.map((drawn) => (
          <Edge key={keyOf(drawn.edge)} drawn={drawn} names={names} isStop={areStops} />
        ))}
        {layout.nodes.map((placed) => (
          <Node
            key={placed.node.id}
            placed={placed}
            of={ways.of}
            isDead={placed.node.kind === 'target' && isDead(ways, placed.node)}
          />
        ))}
        <g>
          {layout.edges.length <= LABELS_MAX &&
            layout.edges.map(({ edge, x, y }) => (
              <text class="ways-label" x={x} y={y - 5} key={keyOf(edge)}>
                {labelOf(edge)}
              </text>
            ))}
        </g>
      </svg>
    </section>
  )
}

function columnTitle(at: number, columns: number, isTold: boolean): string {
  if (at === columns - 1) return isTold ? 'Told of' : 'Called'
  if (!isTold) return 'Callers'
  return at === 0 ? 'Origin' : `${at === 1 ? '1 step' : `${at} steps`} on`
}

export function keyOf({ kind, from, to, via, family }: PropagationEdge): string {
  return `${kind} ${from} ${to} ${via} ${family}`
}

export function nodeName({ kind, name, hosts }: PropagationNode): string {
  return kind === 'callers' ? `${countText(hosts)} untold callers` : safe(name)
}

function labelOf({ kind, via, count }: PropagationEdge): string {
  // How a call ended is said by its line.
  const what = kind === 'told' ? cut(safe(via), CHANNEL_LENGTH) : ''
  return count > 1 ? `${what} ×${countText(count)}`.trim() : what
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}

/** What is led back; of a content, each address that was called and never answered. */
function isDead({ of, edges }: Propagation, { id }: PropagationNode): boolean {
  const calls = edges.filter(({ kind, to }) => kind === 'called' && to === id)
  if (!of.startsWith('urn:')) return true
  return calls.length > 0 && calls.every(({ via }) => via === 'unanswered')
}

/** In words: who told whom, how and when. */
export function edgeText(edge: PropagationEdge, names: ReadonlyMap<string, string>): string {
  const [from, to] = [names.get(edge.from) ?? '', names.get(edge.to) ?? '']
  const how =
    edge.kind === 'told'
      ? `${from} told ${to}, by ${safe(edge.via)}`
      : `${from} called ${to}, ${edge.via}`
  const times = edge.count > 1 ? `, ${countText(edge.count)} times, first` : ''
  return `${how}${times} at ${clockText(edge.micros)}, frame ${countText(edge.frame)}`
}

export function frameOf({ flow, frame }: PropagationEdge): Change {
  const where = compared('id', '==', flow)
  return { screen: 'flows', key: '', where, open: flow, frame }
}

interface EdgeProps {
  readonly drawn: Drawn
  readonly names: ReadonlyMap<string, string>
  readonly isStop: boolean
}

function Edge({ drawn: { edge, path, isFirst }, names, isStop }: EdgeProps) {
  const href = useHref()
  const text = edgeText(edge, names)
  const width = 1.4 + Math.min(4, Math.log10(edge.count) * 1.3)
  return (
    <a
      class={`ways-edge ${edge.kind} ${edge.via === 'unanswered' ? 'dead' : ''} ${isFirst ? '' : 'later'}`}
      href={href(frameOf(edge))}
      aria-label={text}
      tabIndex={isStop ? 0 : -1}
    >
      <title>{text}</title>
      <path class="ways-hit" d={path} />
      <path
        class="ways-line"
        d={path}
        style={{ strokeWidth: `${width}px` }}
        marker-end={`url(#arrow-${edge.kind})`}
      />
    </a>
  )
}

interface NodeProps {
  readonly placed: Placed
  /** What the graph is of. */
  readonly of: string
  readonly isDead: boolean
}

function Node({ placed: { node, x, y }, of, isDead }: NodeProps) {
  const href = useHref()
  const name = nodeName(node)
  const note = noteOf(node)
  return (
    <a class={`ways-node ${node.kind} ${isDead ? 'dead' : ''}`} href={href(wayOn(node, of))}>
      <rect x={x} y={y} width={NODE.width} height={NODE.height} rx="6">
        <title>{`${name}\n${note}`}</title>
      </rect>
      <text class="ways-name" x={x + 10} y={y + 18}>
        {cut(name, NAME_LENGTH)}{' '}
      </text>
      <text class="ways-note" x={x + 10} y={y + 33}>
        {cut(note, NOTE_LENGTH)}
      </text>
    </a>
  )
}

function noteOf({ kind, hosts, firstMicros, software }: PropagationNode): string {
  const since = clockText(firstMicros)
  if (kind === 'network') return `${counted(hosts, 'address', 'addresses')} · ${since}`
  if (kind === 'callers') return 'told out of sight'
  return software === undefined ? `since ${since}` : `${since} · ${safe(software)}`
}

function wayOn({ kind, name }: PropagationNode, of: string): Change {
  const flows = (where: string): Change => ({ screen: 'flows', key: '', where })
  if (kind === 'network') return flows(`host==${name}`)
  if (kind === 'target') return { screen: 'backtrack', key: name }
  if (kind === 'callers') return flows(of.startsWith('urn:') ? '' : `dst==${ipOf(of)}`)
  return { screen: 'host', key: name }
}

/** `192.0.2.1:80`, `[2001:db8::1]:80` → the address. */
export function ipOf(text: string): string {
  return /^\[(.+)\]:\d+$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
}
