/**
 * What makes an incident. The first two are stated by P2PScope (Li, Goyal, Chen, Kuzmanovic, INFOCOM
 * 2010): more than 100 sources within 6 hours, scanners removed; how they are removed, how an
 * incident ends and what its target is, is a proposal of ours.
 */
export interface IncidentOptions {
  /** Hours in which sources are counted. */
  readonly windowHours: number
  /** More sources than so many in one window are an incident. */
  readonly sourcesMax: number
  /** How often it is looked whether incidents are over, in minutes. */
  readonly stepMinutes: number
  /** An incident is over once the window was not too full for so many hours. */
  readonly gapHours: number
  /** A source that touches so many addresses on one port in one window is a scanner. */
  readonly scanAddressesMin: number
  /** A target has at least this share of the sources that asked its address. */
  readonly targetShareMin: number
}

export const INCIDENT_OPTIONS: IncidentOptions = {
  windowHours: 6,
  sourcesMax: 100,
  stepMinutes: 10,
  gapHours: 6,
  scanAddressesMin: 10,
  targetShareMin: 0.9,
}

export const HOUR_MICROS = 3_600_000_000
export const MINUTE_MICROS = 60_000_000

/**
 * How often what is asked again is put to the end of a queue: a Map in which one key is deleted and set
 * again and again is a hundred times slower, since V8 walks over all that was deleted before it.
 */
export const MOVED_MICROS = 10 * MINUTE_MICROS
