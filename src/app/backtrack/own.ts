/**
 * What a crawl says itself is no finding, nor that somebody it asked knows it from that: it is in the
 * capture, and in nothing that is made of it.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Event } from '../../core/event.ts'

/** @param ip  of the crawl, which opens every flow; others may share it on loopback, not its port */
export function isOwn(event: Event, ip: string): boolean {
  if (!('ends' in event) || event.ends[0].ip !== ip) return false
  const [{ port }] = event.ends
  const isUs = (at: Endpoint) => at.ip === ip && at.port === port
  switch (event.type) {
    case 'message':
    case 'fault':
      return event.side === 0
    case 'claim':
      // A tracker was told of port 0.
      return (
        isUs(event.by) || isUs(event.about) || (event.about.ip === ip && event.about.port === 0)
      )
    case 'request':
      return isUs(event.by)
    case 'client':
      return isUs(event.who)
    default:
      return false
  }
}
