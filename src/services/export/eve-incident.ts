/** Incidents and their causes: events of no flow, under event types of our own. */
import type { Cause, Counted, Incident } from '../../core/event.ts'
import { quoted, quotedWord, type TimeText } from './json-text.ts'

export function incidentLine(event: Incident | Cause, time: TimeText): string {
  const at = time.of(event.micros)
  return event.type === 'incident' ? incidentText(event, at, time) : causeText(event, at)
}

function incidentText(incident: Incident, at: string, time: TimeText): string {
  const { target, family, partOf } = incident
  const body = {
    state: incident.state,
    family,
    target,
    start: time.of(incident.startMicros),
    end: time.of(incident.endMicros),
    peak: incident.peak,
    sources: incident.sources,
    counting: incident.counting,
    target_share: incident.targetShare,
    ...(partOf && { part_of: partOf }),
    hours: incident.hours,
    contents: incident.contents.map(counted),
    software: incident.software.map(counted),
  }
  return (
    `{"timestamp":"${at}","event_type":"p2p_incident"` +
    `,"dest_ip":${quoted(target.ip)},"dest_port":${target.port}` +
    `,"ip_v":${target.ip.includes(':') ? 6 : 4},"app_proto":${quotedWord(family)}` +
    `,"p2p_incident":${JSON.stringify(body)}}`
  )
}

/** In this order, whoever made them. */
function counted({ name, count }: Counted): Counted {
  return { name, count }
}

function causeText(cause: Cause, at: string): string {
  const { type, micros, family, ...said } = cause
  const app = family === undefined ? '' : `,"app_proto":${quotedWord(family)}`
  return `{"timestamp":"${at}","event_type":"p2p_cause"${app},"p2p_cause":${JSON.stringify(said)}}`
}
