/**
 * When the bytes of long flows moved: a flow is told of now and then, and what is new since it was
 * told of before moved evenly in between.
 */
import { integer } from './sql.ts'
import type { Steps } from './which.ts'

/**
 * A query for rows with the columns of `flows`, `step`, `up` and `down`: for each slice and each step
 * that it reaches into, the bytes that fall there.
 * @param flows  a query for `id`, `start` and whatever else is wanted
 */
export function slicesByStep(flows: string, { from, stepMicros, count }: Steps): string {
  const [first, width] = [integer(from), integer(stepMicros)]
  const end = integer(from + count * stepMicros)
  const begins = `(${first} + step * ${width})`
  const overlap = `least(micros, ${begins} + ${width}) - greatest(since, ${begins})`
  const share = `case when micros = since then 1.0 else (${overlap}) / (micros - since) end`
  return `select * exclude (since, micros, low, high, slice_up, slice_down),
      slice_up * (${share}) as up, slice_down * (${share}) as down
    from (
      select *, unnest(range(low, high + 1)) as step from (
        select *, greatest((since - ${first}) // ${width}, 0) as low,
          least((micros - ${first}) // ${width}, ${integer(count - 1)}) as high
        from (
          select k.*, s.micros, s.bytes_up as slice_up, s.bytes_down as slice_down,
            coalesce(lag(s.micros) over (partition by s.flow order by s.micros), k.start) as since
          from raw.slices s join (${flows}) k on s.flow = k.id)
        where micros >= ${first} and since < ${end}))`
}
