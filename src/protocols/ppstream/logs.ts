/** The shape of what PPStream's messages write to logs. */
export const logs = {
  ppstream: {
    type: 'object',
    properties: {
      type: {
        type: 'string',
        enum: [
          'hello',
          'state',
          'answer',
          'data',
          'punch',
          'introduce',
          'report',
          'video',
          'other',
        ],
        description: 'Our names: there is no specification',
      },
      family: { type: 'integer', description: 'Third byte: 67, 68 or 85' },
      scrambled: { type: 'boolean' },
      number: { type: 'integer', description: 'Of a message of unknown type' },
      content: { type: 'string', description: 'urn:x-peerscope:ppstream:' },
      file: { type: 'string', description: 'Of a hello: urn:x-peerscope:ppstream:' },
      port: { type: 'integer', description: 'The port that the sender knows as its own' },
      piece: { type: 'integer' },
      own: { type: 'string', description: 'The inner address of the sender, address:port' },
      peers: { type: 'array', items: { type: 'string' }, description: 'address:port' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
