/** The shape of what PPLive's messages write to logs: the first of each kind of a side. */
export const logs = {
  pplive: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['message'] },
      number: { type: 'integer', description: 'First two bytes, little-endian: 1001 or 33' },
      kind: { type: 'integer', description: 'Third byte' },
      bytes: { type: 'integer', description: 'Behind the first eight' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
