/** Labels of time axes: as much of a moment as neighbours differ in. Pure but for the time zone. */
import { clockText, dayText } from '../words.ts'

/**
 * @param seconds  places of the ticks, since 1970
 * @param increment  between two of them, in seconds
 */
export function tickTexts(seconds: readonly number[], increment: number): string[] {
  let day = ''
  return seconds.map((second) => {
    const micros = second * 1e6
    const date = dayText(micros)
    const clock = clockText(micros)
    const isNewDay = date !== day && day !== ''
    day = date
    if (increment >= 86_400) return date.slice(5)
    if (increment < 1)
      return `${clock.slice(3)}.${String(Math.round((second % 1) * 1000)).padStart(3, '0')}`
    const text = increment < 60 ? clock : clock.slice(0, 5)
    return isNewDay ? date.slice(5) : text
  })
}
