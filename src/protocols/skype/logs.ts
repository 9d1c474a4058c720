/** The shape of what the messages write to logs. */
const TYPES = ['payload', 'resend', 'nak', 'other', 'hello', 'answer', 'login-open', 'login-ready']

export const logs = {
  skype: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: TYPES },
      id: { type: 'integer', description: 'Of a datagram' },
      seen: { type: 'string', description: 'The address that the sender of a nak sees' },
      kind: { type: 'integer', description: 'Number of the type, where one name has several' },
      bytes: { type: 'integer', description: 'Enciphered bytes' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
