/** The shape of what Bitcoin's messages write to logs. */
export const logs = {
  bitcoin: {
    type: 'object',
    properties: {
      type: { type: 'string', description: 'The command: version, addr, addrv2, reject …' },
      network: { type: 'string', description: 'Whose magic it is, or unknown' },
      magic: { type: 'string', description: 'The first four bytes, hex' },
      version: { type: 'integer', description: 'Version of the protocol' },
      services: { type: 'string', description: 'Bit set, hex' },
      to: { type: 'string', description: 'Where the sender takes the other to be' },
      from: { type: 'string', description: 'Where the sender says it is' },
      nonce: { type: 'string', description: 'Hex' },
      user_agent: { type: 'string' },
      height: { type: 'integer', description: 'Blocks that the sender has' },
      count: { type: 'integer', description: 'Entries of the message' },
      addresses: { type: 'array', items: { type: 'string' }, description: 'host:port' },
      kind: { type: 'integer', description: 'Of the first entry: 1 transaction, 2 block' },
      hash: { type: 'string', description: 'Of the first entry' },
      of: { type: 'string', description: 'The command that was refused' },
      code: { type: 'integer' },
      reason: { type: 'string' },
      size: { type: 'integer', description: 'Bytes of the payload' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
