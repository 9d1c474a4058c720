/** Numbers as people read them. */

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const

/** `1.2 MB`, in powers of ten. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  let value = bytes / 1000
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${value.toFixed(value < 9.95 ? 1 : 0)} ${UNITS[unit]}`
}

/** `1,234,567` */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 flow`, `1,234 flows` */
export function manyText(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `83.1 %`; what is there is never shown as 0, what is missing never as 100. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (100 * part) / whole
  if (part > 0 && percent < 0.1) return '< 0.1 %'
  if (part < whole && percent > 99.9) return '> 99.9 %'
  return `${percent.toFixed(1)} %`
}

/** `850 ms`, `12.3 s`, `2 min 5 s`, `3 h 2 min`, `4 d 1 h` */
export function durationText(micros: number): string {
  const seconds = micros / 1_000_000
  if (seconds < 1) return `${Math.round(micros / 1000)} ms`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor((whole % 86_400) / 3600),
    Math.floor((whole % 3600) / 60),
  ]
  if (days > 0) return `${days} d ${hours} h`
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`
}

const DAY_SECONDS = 86_400

/** `2026-11-20 09:00:00 UTC` */
export function dateText(micros: number): string {
  const seconds = Math.floor(Math.min(Math.max(0, micros), LAST_MICROS) / 1_000_000)
  const day = Math.floor(seconds / DAY_SECONDS)
  const rest = seconds - day * DAY_SECONDS
  const time = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60]
  return `${dayText(day)} ${time.map(twoDigits).join(':')} UTC`
}

/** `2026-11-20T09:00:00.123456Z`, ISO 8601: for tables that programs read. */
export function isoText(micros: number): string {
  const known = Math.min(Math.max(0, micros), LAST_MICROS)
  const [date, time] = dateText(known).split(' ')
  return `${date}T${time}.${String(Math.floor(known % 1_000_000)).padStart(6, '0')}Z`
}

/** The last second of the year 9999. */
const LAST_MICROS = 253_402_300_799_000_000
/** Days of 400 years, after which the calendar repeats. */
const ERA_DAYS = 146_097

/**
 * The Gregorian date of a day since 1970. Years are counted from March here, so that the day that
 * is sometimes there comes last.
 */
function dayText(day: number): string {
  // From 1 March of the year 0.
  const sinceMarch = day + 719_468
  const era = Math.floor(sinceMarch / ERA_DAYS)
  const dayOfEra = sinceMarch - era * ERA_DAYS
  // Leap days so far: every 4 years (1,461 days), not every 100 (36,524), but every 400.
  const leapless =
    dayOfEra -
    Math.floor(dayOfEra / 1460) +
    Math.floor(dayOfEra / 36_524) -
    Math.floor(dayOfEra / (ERA_DAYS - 1))
  const yearOfEra = Math.floor(leapless / 365)
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  // March to January are 153 days per five months.
  const month = Math.floor((5 * dayOfYear + 2) / 153)
  const dayOfMonth = dayOfYear - Math.floor((153 * month + 2) / 5) + 1
  const civilMonth = month < 10 ? month + 3 : month - 9
  const year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${twoDigits(civilMonth)}-${twoDigits(dayOfMonth)}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
