/** The shape of what messages write to logs. Between routers nothing is readable, so nothing is logged. */

const text = { type: 'string' } as const

export const logs = {
  i2p: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['sam', 'i2cp'] },
      command: { type: 'string', description: 'SAM: the first two words' },
      result: text,
      version: { type: 'string', description: 'Of SAM, or of the program (I2CP)' },
      min: text,
      max: text,
      style: { type: 'string', description: 'STREAM, DATAGRAM, RAW …' },
      id: { type: 'string', description: 'What the program calls its session' },
      name: { type: 'string', description: 'Host name that is looked up' },
      number: { type: 'integer', description: 'Type of an I2CP message' },
      password: { type: 'string', enum: ['[redacted]'] },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
