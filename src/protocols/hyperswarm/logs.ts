/** The shape of what messages write to logs. */

const text = { type: 'string' } as const

export const logs = {
  hyperswarm: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['question', 'answer'] },
      command: { type: 'string', description: 'ping, find-node, lookup, announce …' },
      number: { type: 'integer', description: 'Of an unknown command' },
      transaction: { type: 'integer' },
      to: {
        type: 'string',
        description: 'Where the message goes, as its sender says: address:port',
      },
      id: { type: 'string', description: 'Of the sender, hex' },
      target: { type: 'string', description: 'What is asked for, hex' },
      nodes: { type: 'array', items: text, description: 'address:port' },
      error: { type: 'integer' },
      valueBytes: { type: 'integer' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
