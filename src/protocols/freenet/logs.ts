/** The shape of what the messages write to logs. */
const fields = {
  type: 'object',
  description: 'Fields of the message as written; secrets are left out',
  additionalProperties: { type: 'string' },
} as const

export const logs = {
  freenet_node: {
    type: 'object',
    properties: {
      type: { type: 'string', description: 'Name of the message; preamble, link, link-answer' },
      presentation: { type: 'string', description: 'Of a preamble' },
      mode: { type: 'string', enum: ['authenticate', 'restart', 'unknown'] },
      answer: { type: 'integer', description: 'First byte of the listener: 251 accepts' },
      fields,
    },
    required: ['type'],
    additionalProperties: false,
  },
  freenet_fcp: {
    type: 'object',
    properties: {
      type: { type: 'string', description: 'Name of the message, or preamble' },
      presentation: { type: 'string' },
      fields,
    },
    required: ['type'],
    additionalProperties: false,
  },
  freenet_fproxy: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['request', 'response'] },
      target: { type: 'string' },
      status: { type: 'integer' },
      key: { type: 'string', description: 'Without file names' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
