/** The shape of what messages write to logs. */

export const logs = {
  tox: {
    type: 'object',
    properties: {
      type: { type: 'string', description: 'Name of the kind, README.md' },
      number: { type: 'integer', description: 'Of an unknown kind' },
      key: { type: 'string', description: "The sender's public key in the table, hex" },
      size: { type: 'integer' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
