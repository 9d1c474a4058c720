/** The shape of what the messages write to logs. */
const TYPES = ['ping', 'open', 'accept', 'close', 'data', 'acknowledgement', 'subnet', 'enciphered']

export const logs = {
  kontiki: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: TYPES },
      bytes: { type: 'integer', description: 'Of payload' },
      again: { type: 'boolean', description: 'Marked as sent again' },
      target: { type: 'string', description: 'Of a message in XML' },
      params: { type: 'object', additionalProperties: { type: 'string' } },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
