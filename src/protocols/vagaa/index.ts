/** The card of Vagaa, which has no protocol of its own: nothing is ever recognised as it. */
import type { Protocol } from '../../core/protocol.ts'
import { recognise, starts } from './recognise.ts'

export const vagaa: Protocol = {
  name: 'vagaa',
  title: 'Vagaa',
  family: 'Vagaa',
  overlay: 'hybrid',
  carriers: [],
  portHints: [],
  starts,
  recognise,
  dialects: ['Vagaa'],
}
