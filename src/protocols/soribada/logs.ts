/** The shape of what Soribada's messages write to logs. */
export const logs = {
  soribada: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['ping', 'pong', 'search', 'request'] },
      version: { type: 'integer', description: 'Second byte of a ping or pong' },
      format: { type: 'string', enum: ['Q:+', 'Q2:'] },
      words: { type: 'string', description: 'Of a search' },
      name: { type: 'string', description: 'Of a request' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
