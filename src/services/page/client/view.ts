/**
 * What the page shows, as a value: the screen, the time range and all choices. The address bar holds
 * the whole of it behind `#`, so that a link shows the same to somebody else, and the way back works.
 *
 * `#/host/10.0.0.5?from=1700000000000000&to=1700000060000000`
 */
import { readNetwork } from '../../../core/expression-values.ts'
import { FLOW_ORDERS, type FlowOrder, type Span } from '../../../core/store.ts'
import { shown } from '../../../core/text.ts'

const SCREENS = ['now', 'host', 'flows', 'swarm', 'dark', 'backtrack', 'act'] as const
export type ScreenName = (typeof SCREENS)[number]

export interface View {
  readonly screen: ScreenName
  /** A host's address, a content's URN, a target's endpoint; empty: the list of all. */
  readonly key: string
  readonly span?: Span
  /** Seconds back from the newest packet; follows what is watched. */
  readonly last?: number
  readonly run?: number
  /** An expression over flows. */
  readonly where: string
  readonly order: FlowOrder
  readonly descending: boolean
  /** From 0. */
  readonly page: number
  /** The flow that is open beside the table, and the frame in it that was asked for. */
  readonly open: string
  readonly frame?: number
  /** Names of contents that are looked for. */
  readonly text: string
  readonly hostOrder: HostOrder
  /** All traffic, or all callers, instead of those that are P2P. */
  readonly all: boolean
  /** The network that a map shows, and the part of it that is chosen. */
  readonly net: string
  readonly cell: string
  /** Another definition of incidents than the one by which they are told. */
  readonly sources?: number
  readonly hours?: number
  readonly paused: boolean
  /** A screen that was asked for and that there is not. */
  readonly missing?: string
}

const HOST_ORDERS = ['score', 'bytes', 'last'] as const
export type HostOrder = (typeof HOST_ORDERS)[number]

const DEFAULTS: View = {
  screen: 'now',
  key: '',
  where: '',
  order: 'start',
  descending: true,
  page: 0,
  open: '',
  text: '',
  hostOrder: 'score',
  all: false,
  net: '',
  cell: '',
  paused: false,
}

/** What a link changes; `undefined` takes a choice away. */
export type Change = { readonly [K in keyof View]?: View[K] | undefined }

/** Choices of one screen are left behind when another is opened; these go along. */
const GLOBAL = ['span', 'last', 'run', 'paused'] as const

export function changed(view: View, change: Change): View {
  const leaves =
    (change.screen ?? view.screen) !== view.screen || (change.key ?? view.key) !== view.key
  const kept: Change = leaves
    ? Object.fromEntries(GLOBAL.flatMap((key) => (key in view ? [[key, view[key]]] : [])))
    : view
  const merged = { ...DEFAULTS, screen: view.screen, ...kept, missing: undefined, ...change }
  const entries = Object.entries(merged).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as unknown as View
}

export function viewOf(hash: string): View {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  const [screen, ...key] = path.split('/')
  const has = new URLSearchParams(query)
  const from = numberIn(has.get('from'))
  const to = numberIn(has.get('to'))
  const last = numberIn(has.get('last'))
  const run = numberIn(has.get('run'))
  const frame = numberIn(has.get('frame'))
  const sources = numberIn(has.get('sources'))
  const hours = numberIn(has.get('hours'))
  const sort = has.get('sort') ?? ''
  const order = FLOW_ORDERS.find((name) => name === sort.replace('-', ''))
  return {
    ...DEFAULTS,
    screen: SCREENS.find((name) => name === screen) ?? DEFAULTS.screen,
    key: decoded(key.join('/')),
    ...(from !== undefined && to !== undefined && from < to ? { span: { from, to } } : {}),
    ...(last !== undefined && last > 0 ? { last } : {}),
    ...(run === undefined ? {} : { run }),
    ...(frame === undefined ? {} : { frame }),
    ...(sources === undefined || hours === undefined ? {} : { sources, hours }),
    where: has.get('where') ?? '',
    order: order ?? DEFAULTS.order,
    descending: order === undefined ? DEFAULTS.descending : sort.startsWith('-'),
    page: numberIn(has.get('page')) ?? 0,
    open: has.get('open') ?? '',
    text: has.get('text') ?? '',
    hostOrder: HOST_ORDERS.find((name) => name === has.get('by')) ?? DEFAULTS.hostOrder,
    all: has.has('all'),
    net: networkIn(has.get('net')),
    cell: networkIn(has.get('cell')),
    paused: has.has('paused'),
    ...(screen === '' || isScreen(screen) ? {} : { missing: decoded(screen ?? '') }),
  }
}

/** What a tab and the browser's history call it. */
export function titleOf({ key, open, where, missing }: View, screen: string): string {
  const what =
    missing !== undefined
      ? 'No such screen'
      : open !== ''
        ? `Flow ${open}`
        : key !== ''
          ? key
          : where !== ''
            ? `${screen} where ${where}`
            : screen
  return `${shown(what)} – Peerscope`
}

function isScreen(name: string | undefined): boolean {
  return SCREENS.some((screen) => screen === name)
}

/** Defaults are left out, so that links stay short. */
export function hashOf(view: View): string {
  const says = new URLSearchParams()
  if (view.span !== undefined) {
    says.set('from', String(view.span.from))
    says.set('to', String(view.span.to))
  }
  if (view.last !== undefined) says.set('last', String(view.last))
  if (view.run !== undefined) says.set('run', String(view.run))
  if (view.where !== '') says.set('where', view.where)
  const sort = `${view.descending ? '-' : ''}${view.order}`
  if (sort !== '-start') says.set('sort', sort)
  if (view.page > 0) says.set('page', String(view.page))
  if (view.open !== '') says.set('open', view.open)
  if (view.frame !== undefined) says.set('frame', String(view.frame))
  if (view.text !== '') says.set('text', view.text)
  if (view.hostOrder !== DEFAULTS.hostOrder) says.set('by', view.hostOrder)
  if (view.all) says.set('all', '1')
  if (view.net !== '') says.set('net', view.net)
  if (view.cell !== '') says.set('cell', view.cell)
  if (view.sources !== undefined) says.set('sources', String(view.sources))
  if (view.hours !== undefined) says.set('hours', String(view.hours))
  if (view.paused) says.set('paused', '1')
  const query = says.toString()
  const key = view.key === '' ? '' : `/${encodeURIComponent(view.key)}`
  return `#/${view.screen}${key}${query === '' ? '' : `?${query}`}`
}

/** Numbers in an address are whole and not negative, or they are not there. */
function numberIn(value: string | null): number | undefined {
  return value !== null && /^\d{1,16}$/.test(value) ? Number(value) : undefined
}

function networkIn(value: string | null): string {
  const network = value === null ? undefined : readNetwork(value)
  return network === undefined ? '' : `${network.ip}/${network.bits}`
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
