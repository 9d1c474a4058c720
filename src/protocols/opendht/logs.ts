/** The shape of what messages write to logs. */

export const logs = {
  opendht: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['question', 'answer', 'error', 'parts'] },
      question: { type: 'string', description: 'ping, find, get, put, listen, update …' },
      id: { type: 'string', description: 'Of the sender, hex' },
      target: { type: 'string', description: 'What is asked for, hex' },
      transaction: { type: 'integer' },
      network: { type: 'integer', description: 'Where it is not the first, 0' },
      program: { type: 'string', description: 'RNG1 is the reference implementation' },
      seen: { type: 'string', description: 'The address of the asker, as the answerer sees it' },
      nodes: { type: 'array', items: { type: 'string' }, description: 'address:port' },
      values: { type: 'integer', description: 'How many values the message carries' },
      code: { type: 'integer', description: 'Of an error' },
      text: { type: 'string', description: 'Of an error' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
