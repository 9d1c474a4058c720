/** The shape of what Delivery Optimization's messages write to logs. */
export const logs = {
  msdo: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['handshake', 'frame'] },
      content: { type: 'string', description: 'urn:x-peerscope:msdo:' },
      id: { type: 'string', description: 'Of the peer, hex' },
      flags: { type: 'string', description: 'Of the handshake, hex' },
      number: { type: 'integer', description: 'Of a frame' },
      body: { type: 'string', description: 'Of a frame, the first 64 bytes, hex' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
