/** The shape of what Zattoo's messages write to logs. */
export const logs = {
  zattoo: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['frontdoor', 'update', 'packet'] },
      version: { type: 'string', description: 'Of the program' },
      kind: { type: 'integer', description: 'Second byte of a packet' },
      number: { type: 'integer', description: 'Its third and fourth' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
