/** The shape of what tinc's meta connections write to logs. */
export const logs = {
  tinc: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['id', 'metakey'] },
      node: { type: 'string', description: 'Name of the node that speaks' },
      version: { type: 'string', description: 'Of the protocol: 17, 17.7 …' },
      cipher: { type: 'integer', description: 'Of what follows, as OpenSSL numbers it' },
      digest: { type: 'integer', description: 'As OpenSSL numbers it' },
      mac_length: { type: 'integer' },
      compression: { type: 'integer' },
      key_bits: { type: 'integer', description: 'Size of the RSA key that sealed the session key' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
