/** The shapes of what Ethereum's messages write to logs. */
export const logs = {
  ethereum_discv4: {
    type: 'object',
    properties: {
      type: {
        type: 'string',
        enum: ['ping', 'pong', 'find-node', 'neighbours', 'enr-request', 'enr-response', 'other'],
      },
      version: { type: 'integer', description: 'Of a ping: 4' },
      from: { type: 'string', description: 'address:port, /port of TCP where it is another' },
      to: { type: 'string', description: 'Where the sender takes the other to be' },
      target: { type: 'string', description: 'Public key that is looked for, hex' },
      nodes: {
        type: 'array',
        items: { type: 'string' },
        description: 'address:port and public key',
      },
      sequence: { type: 'integer', description: 'Of a record' },
      keys: { type: 'array', items: { type: 'string' }, description: 'Keys of a record' },
      key: { type: 'string', description: 'Compressed public key, hex' },
      endpoints: {
        type: 'array',
        items: { type: 'string' },
        description: 'tcp or udp, address:port',
      },
      number: { type: 'integer', description: 'Of a message of unknown type' },
    },
    required: ['type'],
    additionalProperties: false,
  },
  ethereum_rlpx: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['auth', 'ack'] },
      size: { type: 'integer', description: 'Bytes of the handshake' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
