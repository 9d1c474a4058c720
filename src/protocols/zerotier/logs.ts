/** The shape of what ZeroTier's packets write to logs. */
export const logs = {
  zerotier: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['hello'] },
      node: {
        type: 'string',
        description: 'Address of the sender inside the network: 10 digits of hex',
      },
      to: { type: 'string', description: 'Address of the receiver' },
      version: { type: 'string', description: 'Of the software' },
      protocol: { type: 'integer', description: 'Version of the protocol' },
      sent_to: { type: 'string', description: 'address:port that the sender sends to' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
