/** Evidence in words, as a person would say it. */
import type { Evidence } from './evidence.ts'

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

export function times(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function contents(evidence: Evidence): string {
  return `${evidence.distinctText} ${evidence.distinct === 1 ? 'content' : 'contents'}`
}

function endpoints(evidence: Evidence): string {
  return `${evidence.distinctText} ${evidence.distinct === 1 ? 'endpoint' : 'endpoints'}`
}

export function reasonText(family: string, evidence: Evidence): string {
  const { count, first, ways } = evidence
  switch (evidence.kind) {
    case 'spoke-certain':
      return `speaks ${family} (${ways}) in ${times(count, 'flow')}: ${first}`
    case 'spoke-likely':
      return `${times(count, 'flow')} most likely ${family} (${ways}): ${first}`
    case 'spoke-unsure':
      return `${times(count, 'flow')} that may be ${family} (${ways}): ${first}`
    case 'client':
      return `says it is ${first}`
    case 'request':
      return evidence.distinct === 0
        ? `asked ${times(count, 'time')} (${ways})`
        : `asked for ${contents(evidence)} in ${times(count, 'request')} (${ways})${first}`
    case 'share':
      return `offers ${contents(evidence)} (${ways})${first}`
    case 'transfer': {
      const [sent, received] = evidence.bytes
      const moved = [
        ...(sent > 0 ? [`sent ${bytesText(sent)}`] : []),
        ...(received > 0 ? [`received ${bytesText(received)}`] : []),
      ]
      return `${moved.join(' and ') || 'moved nothing'} of content${first}`
    }
    case 'search':
      return `searched ${times(count, 'time')}${first}`
    case 'told':
      return `told others of ${endpoints(evidence)} (${ways})${first}`
    case 'named':
      return `named by ${times(evidence.distinct, 'other')} (${ways})${first}`
    case 'threat':
      return first
  }
}
