/** When its clock ends: then nothing is awaited from aMule. */

/** It asks for sources, and searches in Kad, again after up to an hour. */
const AGAIN_MILLIS = 3_600_000
/** What began before would still be waited for. */
const LASTS_MILLIS = 180_000
const CLOCK_MILLIS = 2 ** 32

/**
 * Why it finds no sources just now, if so. It reckons in milliseconds of 32 bits, which begin anew each 49.7
 * days: in the hour before, it gives each search in Kad up for a new one before anybody is asked, and in the
 * last half hour it asks nobody whom it knows (aMule PartFile.cpp, `m_LastSearchTimeKad`, FILEREASKTIME). In
 * the first hour of the new count what never was, at zero, may seem just done; that was not tried.
 *
 * @param millis  since 1970
 */
export function amuleCannotAsk(millis: number): string | false {
  const clock = millis % CLOCK_MILLIS
  const isLast = clock + AGAIN_MILLIS + LASTS_MILLIS >= CLOCK_MILLIS
  const isAround = isLast || clock < AGAIN_MILLIS
  return isAround && 'around this hour aMule asks nobody for sources, as every 49.7 days'
}
