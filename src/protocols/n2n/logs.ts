/** The shape of what n2n's packets write to logs. */
import { TYPES } from './wire/packet.ts'

export const logs = {
  n2n: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: TYPES },
      version: { type: 'integer', description: 'Of the packet: 1, 2 or 3' },
      community: { type: 'string', description: 'Name of the private network' },
      mac: { type: 'string', description: 'Hardware address of the sender inside it: hex' },
      told: { type: 'string', description: 'address:port of an edge, as a supernode sees it' },
    },
    required: ['type', 'version'],
    additionalProperties: false,
  },
} as const
