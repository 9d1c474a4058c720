/** The shape of what the messages write to logs. */
const TYPES = [
  'ping',
  'hit',
  'user',
  'search',
  'search-by-hash',
  'download',
  'chat',
  'other',
  'start',
  'size',
]

export const logs = {
  manolito: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: TYPES },
      forwarded: { type: 'string', description: 'Whom it was forwarded from, or 0.0.0.0' },
      to: { type: 'string' },
      fields: { type: 'object', additionalProperties: { type: 'string' } },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
