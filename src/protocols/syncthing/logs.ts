/** The shape of what messages write to logs. */

const text = { type: 'string' } as const

export const logs = {
  syncthing: {
    type: 'object',
    properties: {
      type: {
        type: 'string',
        enum: ['announcement', 'client-hello', 'certificate', 'relay-message'],
      },
      version: { type: 'integer', description: 'Of local discovery: 2, 3 or 4' },
      device: { type: 'string', description: 'Device id, as people write it' },
      addresses: { type: 'array', items: text },
      instance: { type: 'string', description: 'New with every start of the program' },
      protocols: { type: 'array', items: text, description: 'What the client offers (ALPN)' },
      serverName: text,
      commonName: { type: 'string', description: 'Of the certificate; syncthing by default' },
      relay: { type: 'string', description: 'Name of a message to or from a relay' },
      number: { type: 'integer', description: 'Of a relay message' },
      code: { type: 'integer', description: 'Of a response; 0 is success' },
      text,
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
