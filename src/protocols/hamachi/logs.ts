/** The shape of what Hamachi's messages write to logs: the first of each kind of a side. */
export const logs = {
  hamachi: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['hello', 'probe', 'data'] },
      session: { type: 'string', description: 'Four bytes of a hello, hex' },
      cookie: { type: 'string', description: 'Four bytes of a probe, hex' },
      tunnel: { type: 'string', description: 'Four bytes of a datagram, hex' },
      number: { type: 'integer', description: 'Of a datagram' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
