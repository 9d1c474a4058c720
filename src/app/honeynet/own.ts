/**
 * What a honeynet says itself is no finding: its answers are read with the callers' words, so that a
 * connection is understood, and are then left out.
 */
import type { Event } from '../../core/event.ts'

/** Whether it tells of what a dark address said or is. */
export function isOwn(event: Event, isDark: (ip: string) => boolean): boolean {
  switch (event.type) {
    case 'message':
    case 'fault':
      return isDark(event.ends[event.side].ip)
    case 'claim':
    case 'request':
      return isDark(event.by.ip)
    case 'client':
      return isDark(event.who.ip)
    case 'verdict':
      return isDark(event.host)
    default:
      return false
  }
}
