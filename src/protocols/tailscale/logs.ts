/** The shape of what Tailscale's messages write to logs. */
export const logs = {
  tailscale: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['disco', 'stun-request', 'stun-answer', 'derp-upgrade'] },
      key: { type: 'string', description: 'Discovery key of the sender: hex' },
      size: { type: 'integer', description: 'Bytes of a discovery message' },
      transaction: { type: 'string', description: 'Of STUN: hex' },
      mapped: { type: 'string', description: 'address:port at which the relay saw the asker' },
      host: { type: 'string', description: 'The relay by name' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
