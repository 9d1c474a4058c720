/** The shape of what ZeroAccess's messages write to logs. */
export const logs = {
  zeroaccess: {
    type: 'object',
    properties: {
      type: { type: 'string', description: 'getL, retL, or another command of four letters' },
      id: { type: 'integer', description: 'Of the asker' },
      peers: { type: 'array', items: { type: 'string' }, description: 'Addresses of bots' },
      files: {
        type: 'array',
        description: 'Files on offer',
        items: {
          type: 'object',
          properties: {
            name: { type: 'string', description: 'A number: hex' },
            time: { type: 'integer', description: 'Seconds since 1970' },
            size: { type: 'integer' },
          },
          required: ['name', 'time', 'size'],
          additionalProperties: false,
        },
      },
      size: { type: 'integer', description: 'Bytes behind another command' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
