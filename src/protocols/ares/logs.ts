/** The shape of what the messages write to logs. */
export const logs = {
  ares: {
    type: 'object',
    properties: {
      type: { type: 'string', description: 'Name of the frame; get, push, dht' },
      kind: { type: 'integer', description: 'Number of the type' },
      bytes: { type: 'integer', description: 'Of the body' },
      children: { type: 'integer', description: 'Clients of a supernode' },
      nodes: { type: 'array', items: { type: 'string' }, description: 'address:port' },
      content: { type: 'string', description: 'urn:sha1:' },
      nick: { type: 'string' },
      software: { type: 'string' },
      fields: { type: 'array', items: { type: 'string' }, description: 'Types of a request, hex' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
