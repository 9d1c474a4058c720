/** The shape of what messages write to logs. */

export const logs = {
  gnunet: {
    type: 'object',
    properties: {
      type: { type: 'string', description: 'Name of the message, README.md' },
      number: { type: 'integer', description: 'Of a message of unknown type' },
      peer: { type: 'string', description: 'Public key of the peer, hex' },
      addresses: {
        type: 'array',
        items: { type: 'string' },
        description: 'transport:address:port; other transports without address',
      },
      size: { type: 'integer' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
