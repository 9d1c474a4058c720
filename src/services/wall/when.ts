/** Hours and days of a rule, on the clocks of a time zone. */
import { daysOf, type Hours, hoursOf } from './values.ts'

const DAY_MINUTES = 1440

/** Where a moment stands in the week: day from Monday 0, minute of that day. */
export interface WeekMinute {
  readonly day: number
  readonly minute: number
}

export class Zone {
  readonly #format: Intl.DateTimeFormat
  #minute = Number.NaN
  #known: WeekMinute = { day: 0, minute: 0 }

  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  }

  /** @param micros  since 1970, UTC */
  at(micros: number): WeekMinute {
    const minute = Math.floor(micros / 60_000_000)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#known = this.#read(minute * 60_000)
    }
    return this.#known
  }

  #read(millis: number): WeekMinute {
    const parts = new Map(
      this.#format.formatToParts(millis).map(({ type, value }) => [type, value] as const),
    )
    const day = daysOf(parts.get('weekday')!.toLowerCase())![0]!
    return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
  }
}

export interface WhenConfig {
  readonly days?: readonly string[] | undefined
  readonly hours?: readonly string[] | undefined
}

/** A span of hours that passes midnight belongs to the day on which it begins. */
export class When {
  readonly #days: ReadonlySet<number> | undefined
  readonly #hours: readonly Hours[]

  constructor({ days, hours }: WhenConfig) {
    this.#days = days && new Set(days.flatMap((text) => daysOf(text) ?? []))
    this.#hours = hours?.map(hoursOf).filter((each) => each !== undefined) ?? [WHOLE_DAY]
  }

  holds({ day, minute }: WeekMinute): boolean {
    return this.#hours.some(({ from, to }) => {
      if (from < to) return this.#isDay(day) && minute >= from && minute < to
      return minute >= from ? this.#isDay(day) : minute < to && this.#isDay((day + 6) % 7)
    })
  }

  #isDay(day: number): boolean {
    return this.#days?.has(day) ?? true
  }
}

const WHOLE_DAY: Hours = { from: 0, to: DAY_MINUTES }
