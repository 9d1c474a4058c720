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

/** `2026-11-20 09:00:00 UTC` */
export function dateText(micros: number): string {
  const known = Math.min(Math.max(0, micros), 253_402_300_799_000_000)
  return `${new Date(Math.floor(known / 1000)).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
