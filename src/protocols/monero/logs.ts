/** The shape of what Monero's messages write to logs. */
export const logs = {
  monero: {
    type: 'object',
    properties: {
      type: { type: 'string', description: 'handshake, timed-sync, ping, new-block …, other' },
      command: { type: 'integer', description: 'Number of the message' },
      answer: { type: 'boolean' },
      network: { type: 'string', description: 'Whose network id it is, or unknown' },
      network_id: { type: 'string', description: 'Hex' },
      peer_id: { type: 'string', description: 'Hex' },
      port: { type: 'integer', description: 'Where the sender says it listens' },
      rpc_port: { type: 'integer' },
      height: { type: 'number', description: 'Blocks that the sender has' },
      top_version: { type: 'integer', description: 'Version of its newest block' },
      count: { type: 'integer', description: 'Peers of the list' },
      peers: { type: 'array', items: { type: 'string' }, description: 'address:port' },
      size: { type: 'number', description: 'Bytes of the body' },
    },
    required: ['type', 'command'],
    additionalProperties: false,
  },
} as const
