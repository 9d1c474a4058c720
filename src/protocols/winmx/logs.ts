/** The shape of what is told of a connection: who speaks, and how much cannot be read. */
export const logs = {
  winmx: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['key-block', 'node-list', 'old-hail', 'enciphered'] },
      role: {
        type: 'string',
        description: 'primary-, secondary- or chat-client or -server, as the key block tells',
      },
      bytes: { type: 'integer', description: 'Size of what is enciphered' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
