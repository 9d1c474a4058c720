/** The shape of what Xunlei's packets write to logs: the first of a side. */
export const logs = {
  xunlei: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['packet'] },
      generation: { type: 'integer', description: 'The number it begins with' },
      bytes: { type: 'integer', description: 'Size of the datagram' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
