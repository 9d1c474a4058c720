/** Amounts, moments and addresses as people read them. Pure. */
import { countText } from '../../../core/figures.ts'
import { shown } from '../../../core/text.ts'

export { countText, durationText } from '../../../core/figures.ts'

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const
/** Between number and unit: they are not torn apart at a line's end. */
const NARROW = '\u202f'

/** `1.24 MB`: always three digits, so that columns can be compared by eye. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? String(Math.round(value)) : threeDigits(value)}${NARROW}${UNITS[unit]}`
}

function threeDigits(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2)
}

/** `8,120`, but `12.3k` and `4.57M` where there is no room for more. */
export function shortCount(count: number): string {
  if (count < 10_000) return countText(count)
  return count < 999_500 ? `${threeDigits(count / 1e3)}k` : `${threeDigits(count / 1e6)}M`
}

/** `1 flow`, `2 flows` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

/** `1–100 of 250 flows`, `2 flows`, `no flows`: what a page of a list shows of all. */
export function pageText(page: number, size: number, total: number, what: string): string {
  if (total === 0) return `no ${what}`
  if (total <= size && page === 0) return counted(total, what.replace(/s$/, ''), what)
  const first = page * size + 1
  if (first > total) return `behind the last of ${countText(total)} ${what}`
  const last = Math.min(total, (page + 1) * size)
  return `${countText(first)}–${countText(last)} of ${countText(total)} ${what}`
}

/** A share of 0 to 1: `37 %`; what is not quite nothing is said so. */
export function percentText(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return `<${NARROW}0.1${NARROW}%`
  return `${percent < 10 && percent > 0 ? percent.toFixed(1) : percent.toFixed(0)}${NARROW}%`
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0')
}

/** `14:05:09`, in the browser's time zone. */
export function clockText(micros: number): string {
  const date = new Date(micros / 1000)
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
}

/** `2026-11-21` */
export function dayText(micros: number): string {
  const date = new Date(micros / 1000)
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}

/** `2026-11-21 14:05:09.123` */
export function momentText(micros: number): string {
  const millis = Math.floor((micros % 1e6) / 1000)
  return `${dayText(micros)} ${clockText(micros)}.${pad(millis, 3)}`
}

/** `2026-11-21T14:05:09`, in the browser's time zone, as its own fields for moments have it. */
export function localMoment(micros: number): string {
  return `${dayText(micros)}T${clockText(micros)}`
}

/** What such a field holds; NaN where it is not filled in. */
export function microsOfLocal(text: string): number {
  return new Date(text).getTime() * 1000
}

/** `2026-11-21T13:05:09.123456Z` */
export function isoText(micros: number): string {
  const second = Math.floor(micros / 1e6)
  const iso = new Date(second * 1000).toISOString().slice(0, 19)
  return `${iso}.${pad(micros - second * 1e6, 6)}Z`
}

/** `UTC+01:00`, of the browser, at that moment. */
export function zoneText(micros: number): string {
  const minutes = -new Date(micros / 1000).getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const size = Math.abs(minutes)
  return `UTC${minutes < 0 ? '−' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`
}

/** What is left of a span that runs out: `1:05`, `2:00:00`. */
export function leftText(micros: number): string {
  const seconds = Math.ceil(Math.max(0, micros) / 1e6)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60)]
  const clock = `${pad(seconds % 60)}`
  return hours > 0 ? `${hours}:${pad(minutes % 60)}:${clock}` : `${minutes}:${clock}`
}

/** Text of strangers: signs that hide or turn what follows are written out. */
export function safe(text: string): string {
  return shown(text)
}

/** What a content is called where nobody said its name: `btih 3b05334e…`. */
export function contentText(content: string): string {
  const match = /^urn:(?:tree:|x-peerscope:)?([^:]+):(.+)$/s.exec(content)
  if (match === null) return safe(content)
  const [, kind, value] = match as unknown as [string, string, string]
  return safe(`${kind} ${value.length > 16 ? `${value.slice(0, 12)}…` : value}`)
}
