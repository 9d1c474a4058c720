/** Evidence in words, as a person would say it. */
import { bytesText, manyText } from '../../core/figures.ts'
import type { Evidence } from './evidence.ts'

function contents(evidence: Evidence): string {
  return `${evidence.distinctText} ${evidence.distinct === 1 ? 'content' : 'contents'}`
}

function hosts(evidence: Evidence): string {
  return `${evidence.distinctText} ${evidence.distinct === 1 ? 'host' : 'hosts'}`
}

export function reasonText(evidence: Evidence): string {
  const { family, count, first, ways } = evidence
  switch (evidence.kind) {
    case 'spoke-certain':
      return `speaks ${family} (${ways}) in ${manyText(count, 'flow')}: ${first}`
    case 'spoke-likely':
      return `${manyText(count, 'flow')} most likely ${family} (${ways}): ${first}`
    case 'spoke-unsure':
      return `${manyText(count, 'flow')} that may be ${family} (${ways}): ${first}`
    case 'client':
      return `says it is ${evidence.values.join(', ')}${first}`
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
      return `${moved.join(' and ') || 'moved nothing'} of ${of}${first}`
    }
    case 'search':
      return `searched ${manyText(count, 'time')}${first}`
    case 'told':
      return `told others of ${hosts(evidence)} (${ways})${first}`
    case 'named':
      return `named by ${manyText(evidence.distinct, 'other')} (${ways})${first}`
    case 'threat':
      return first
  }
}
