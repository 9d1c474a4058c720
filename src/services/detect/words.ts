/** Evidence in words, as a person would say it. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { bytesText, manyText } from '../../core/figures.ts'
import type { Evidence, First } from './evidence.ts'

function contents(evidence: Evidence): string {
  return `${evidence.distinctText} ${evidence.distinct === 1 ? 'content' : 'contents'}`
}

function hosts(evidence: Evidence): string {
  return `${evidence.distinctText} ${evidence.distinct === 1 ? 'host' : 'hosts'}`
}

/** The first observation in words. */
function firstText(first: First): string {
  if (first === undefined || typeof first === 'string') return first ?? ''
  return isEndpoint(first) ? endpointText(first) : first.join(', ')
}

function isEndpoint(first: Exclude<First, string | undefined>): first is Endpoint {
  return 'ip' in first
}

export function reasonText(evidence: Evidence): string {
  const { family, count, ways, parts } = evidence
  const said = firstText(evidence.first)
  const first = said === '' ? '' : `, first ${said}`
  switch (evidence.kind) {
    case 'spoke-certain':
      return `speaks ${family} (${parts}) in ${manyText(count, 'flow')}: ${said}`
    case 'spoke-likely':
      return `${manyText(count, 'flow')} most likely ${family} (${parts}): ${said}`
    case 'spoke-unsure':
      return `${manyText(count, 'flow')} that may be ${family} (${parts}): ${said}`
    case 'client':
      return `says it is ${evidence.values.join(', ')} (${family})`
    case 'request':
      return evidence.distinct === 0
        ? `asked ${manyText(count, 'time')} (${ways})`
        : `asked for ${contents(evidence)} in ${manyText(count, 'request')} (${ways})${first}`
    case 'share':
      return `offers ${contents(evidence)} (${ways})${first}`
    case 'transfer': {
      const { sent, received } = evidence
      const moved = [
        ...(sent > 0 ? [`sent ${bytesText(sent)}`] : []),
        ...(received > 0 ? [`received ${bytesText(received)}`] : []),
      ]
      const of = evidence.distinct > 1 ? `${contents(evidence)}, first` : 'content'
      return `${moved.join(' and ') || 'moved nothing'} of ${of}${said === '' ? '' : ` ${said}`}`
    }
    case 'search':
      return `searched ${manyText(count, 'time')}${said === '' ? '' : `, first for ${said}`}`
    case 'told':
      return `told others of ${hosts(evidence)} (${ways}), first of ${said}`
    case 'named': {
      const by = said === '' ? '' : `, first by ${said} as ${evidence.as}`
      return `named by ${manyText(evidence.distinct, 'other')} (${ways})${by}`
    }
    case 'threat':
      return said
  }
}
