/** The shape of what Gameover's messages write to logs. */
export const logs = {
  gameover: {
    type: 'object',
    properties: {
      type: {
        type: 'string',
        enum: [
          'version-request',
          'version-reply',
          'peer-list-request',
          'peer-list-reply',
          'data-request',
          'data-reply',
          'proxy-announcement',
        ],
      },
      source: { type: 'string', description: 'Id of the sender: hex' },
      session: { type: 'string', description: 'Id of request and answer: hex' },
      version: { type: 'integer', description: 'Of the program' },
      configuration: { type: 'integer', description: 'Version of what it is told to do' },
      tcp_port: { type: 'integer' },
      peers: { type: 'array', items: { type: 'string' }, description: 'address:port' },
    },
    required: ['type', 'source', 'session'],
    additionalProperties: false,
  },
} as const
