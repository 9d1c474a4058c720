/** The shape of what Nano's messages write to logs. */
export const logs = {
  nano: {
    type: 'object',
    properties: {
      type: { type: 'string', description: 'keepalive, node-id-handshake, telemetry-ack …' },
      network: { type: 'string', enum: ['dev', 'beta', 'live', 'test'] },
      using: { type: 'integer', description: 'Version of the protocol that the sender uses' },
      peers: { type: 'array', items: { type: 'string' }, description: 'address:port' },
      query: { type: 'boolean' },
      answer: { type: 'boolean' },
      node_id: { type: 'string', description: 'Public key, hex' },
      blocks: { type: 'number' },
      peer_count: { type: 'integer' },
      protocol: { type: 'integer' },
      version: { type: 'string', description: 'Of the program' },
      uptime_seconds: { type: 'number' },
      size: { type: 'integer', description: 'Bytes of the payload' },
    },
    required: ['type', 'network', 'using'],
    additionalProperties: false,
  },
} as const
