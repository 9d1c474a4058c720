/** Values of a policy as people write them: `1MB/s`, `10m`, `10 in 1h`, `mon-fri`, `08:00-18:00`. */

const SPAN_UNITS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
}

const SPAN = String.raw`\d{1,9} ?[smhdw]`
const RATE = String.raw`\d{1,9}(?:\.\d{1,9})? ?(?:kB|MB|GB|kbit|Mbit|Gbit)\/s`

/** `90s`, `10m`, `2h` → seconds; undefined where it is none, or nothing. */
export function spanOf(text: string): number | undefined {
  const match = /^(\d{1,9}) ?([smhdw])$/.exec(text)
  const seconds = match === null ? 0 : Number(match[1]) * SPAN_UNITS[match[2]!]!
  return seconds > 0 ? seconds : undefined
}

/** As `spanOf` reads it, in the largest unit that fits: 7200 → `2h`. */
export function spanText(seconds: number): string {
  const unit = ['w', 'd', 'h', 'm'].find((each) => seconds % SPAN_UNITS[each]! === 0) ?? 's'
  return `${seconds / SPAN_UNITS[unit]!}${unit}`
}

const RATE_UNITS: Readonly<Record<string, number>> = {
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  kbit: 1e3 / 8,
  Mbit: 1e6 / 8,
  Gbit: 1e9 / 8,
}

/** `1MB/s`, `512 kbit/s` → bytes per second; undefined where it is none, or less than one. */
function rateOf(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,9})?) ?([kMG]B|[kMG]bit)\/s$/.exec(text)
  const rate = match === null ? 0 : Math.round(Number(match[1]) * RATE_UNITS[match[2]!]!)
  return rate >= 1 ? rate : undefined
}

/** So many things in so many seconds. */
export interface Pace {
  readonly count: number
  readonly seconds: number
}

/** `10 in 1h` */
export function paceOf(text: string): Pace | undefined {
  const match = /^(\d{1,6}) in (.+)$/.exec(text)
  const seconds = match === null ? undefined : spanOf(match[2]!)
  const count = Number(match?.[1])
  return seconds === undefined || count < 1 ? undefined : { count, seconds }
}

/** What is done with a flow, and with its host. */
export interface Measure {
  readonly action: 'permit' | 'watch' | 'learn' | 'throttle' | 'block'
  readonly how?: 'drop' | 'reset'
  /** Bytes a second. */
  readonly rate?: number
  /** What shares the rate: one flow, the flows of one host, or all that the rule throttles. */
  readonly per?: 'flow' | 'host' | 'all'
  /** How long the host is held. */
  readonly seconds?: number
  /** The host is held only after so many flows. */
  readonly after?: Pace
}

const MEASURE = new RegExp(
  `^(?:(permit|watch|learn)|throttle (${RATE})(?: per (flow|host|all))?` +
    `|(block)(?: (reset|drop))?(?: for (${SPAN}))?(?: after (\\d{1,6} in ${SPAN}))?)$`,
)

/** `throttle 1MB/s per host`, `block reset for 10m after 10 in 1h`; undefined where it is none. */
export function measureOf(text: string): Measure | undefined {
  const match = MEASURE.exec(text)
  if (match === null) return undefined
  const [, plain, rateText, per, block, how, span, pace] = match
  if (plain !== undefined) return { action: plain as 'permit' | 'watch' | 'learn' }
  if (block === undefined) {
    const rate = rateOf(rateText!)
    if (rate === undefined) return undefined
    return { action: 'throttle', rate, per: (per ?? 'host') as 'flow' | 'host' | 'all' }
  }
  const seconds = span === undefined ? undefined : spanOf(span)
  const after = pace === undefined ? undefined : paceOf(pace)
  if (span !== undefined && seconds === undefined) return undefined
  if (pace !== undefined && after === undefined) return undefined
  return {
    action: 'block',
    how: (how ?? 'reset') as 'drop' | 'reset',
    ...(seconds !== undefined && { seconds }),
    ...(after !== undefined && { after }),
  }
}

export const DAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** `mon-fri`, `sat` → numbers of days from Monday 0; a span may pass the end of the week. */
export function daysOf(text: string): readonly number[] | undefined {
  const [first, last, more] = text.split('-')
  if (more !== undefined) return undefined
  const from = DAYS.indexOf(first!)
  const to = last === undefined ? from : DAYS.indexOf(last)
  if (from < 0 || to < 0) return undefined
  const count = ((to - from + 7) % 7) + 1
  return Array.from({ length: count }, (_, i) => (from + i) % 7)
}

/** Minutes of a day, from one up to but not the other; past midnight where the first is later. */
export interface Hours {
  readonly from: number
  readonly to: number
}

/** `08:00-18:00`, `22:00-06:00`, `00:00-24:00` */
export function hoursOf(text: string): Hours | undefined {
  const match = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text)
  if (match === null) return undefined
  const [fromHour, fromMinute, toHour, toMinute] = match.slice(1).map(Number)
  const from = fromHour! * 60 + fromMinute!
  const to = toHour! * 60 + toMinute!
  const isTime = fromMinute! < 60 && toMinute! < 60 && from < 1440 && to <= 1440 && from !== to
  return isTime ? { from, to } : undefined
}

export type Port = {
  readonly carrier: 'tcp' | 'udp' | 'both'
  readonly from: number
  readonly to: number
}

/** `tcp/443`, `udp/6000-6100`, `53` (both carriers) */
export function portOf(text: string): Port | undefined {
  const match = /^(?:(tcp|udp)\/)?(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
  if (match === null) return undefined
  const from = Number(match[2])
  const to = Number(match[3] ?? match[2])
  if (from < 1 || to > 65_535 || from > to) return undefined
  return { carrier: (match[1] ?? 'both') as Port['carrier'], from, to }
}

export function holdsPort(ports: readonly Port[], carrier: 'tcp' | 'udp', port: number): boolean {
  return ports.some(
    (one) =>
      (one.carrier === 'both' || one.carrier === carrier) && port >= one.from && port <= one.to,
  )
}
