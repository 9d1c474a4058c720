/** The shape of what SopCast's frames write to logs: the first of each type of a side. */
export const logs = {
  sopcast: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['frame'] },
      session: { type: 'integer', description: 'First two bytes; 65535: none yet' },
      kind: { type: 'integer', description: 'Third byte: 1 or 2' },
      number: { type: 'integer', description: 'Type of the first message' },
      mark: { type: 'integer', description: 'Its second byte: 255 or 1' },
      more: { type: 'integer', description: 'Bytes behind the first message' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
