/** The shape of what links of Tor write to logs. */
export const logs = {
  tor: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['client-hello', 'certificate'] },
      server_name: { type: 'string', description: 'Made up by the client' },
      subject: { type: 'string', description: 'Made up by the relay' },
      issuer: { type: 'string', description: 'Made up by the relay' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
