/** The shape of what the wireguard's messages write to logs. */
export const logs = {
  wireguard: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['greeting', 'ask', 'tell', 'data', 'other'] },
      id: { type: 'string', description: 'Of the greeting: hex' },
      port: { type: 'integer', description: 'Where the sender says it listens' },
      content: { type: 'string', description: 'urn:sha1:' },
      peers: { type: 'array', items: { type: 'string' }, description: 'address:port' },
      number: { type: 'integer', description: 'Of a message of unknown type' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
