/** The shape of what the messages write to logs. */
export const logs = {
  imesh: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['frame', 'registration', 'here', 'here-answer', '83', '84'] },
      code: { type: 'integer' },
      bytes: { type: 'integer' },
      ip: { type: 'string', description: 'Of the sender, as he knows it' },
      port: { type: 'integer' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
