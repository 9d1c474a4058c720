/** The shape of what WireGuard's messages write to logs. */
export const logs = {
  wireguard: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['initiation', 'response', 'cookie', 'data'] },
      sender: { type: 'integer', description: 'Index that the sender gave itself' },
      receiver: { type: 'integer', description: 'Index that the receiver gave itself' },
      counter: { type: 'string', description: 'Of data: decimal, 64 bits' },
      size: { type: 'integer', description: 'Bytes of the message' },
    },
    required: ['type', 'size'],
    additionalProperties: false,
  },
} as const
