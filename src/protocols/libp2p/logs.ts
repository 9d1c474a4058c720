/** The shape of what libp2p's messages write to logs. */
export const logs = {
  libp2p: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['multistream', 'agreed', 'quic-hello', 'mdns-answer'] },
      protocol: { type: 'string', description: 'A line of multistream, or what both agreed on' },
      alpn: { type: 'array', items: { type: 'string' }, description: 'What a QUIC client offers' },
      addresses: { type: 'array', items: { type: 'string' }, description: 'Multiaddresses' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
