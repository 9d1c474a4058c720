/** The shape of what FastTrack messages write to the log. */
const text = { type: 'string' } as const
const integer = { type: 'integer' } as const
const number = { type: 'number' } as const

export const logs = {
  fasttrack: {
    type: 'object',
    properties: {
      type: { ...text, description: 'Name of the message' },
      network: { ...text, description: 'As the sender names it: KaZaA, fileshare …' },
      network_of: { ...text, description: 'Whose network that is, where it is known' },
      encryption: { ...integer, description: 'Cipher bits that the sender asks for' },
      info: { ...text, description: 'Of a pong: bytes whose meaning is not known, in hex' },
      kind: integer,
      flag: integer,
      id: integer,
      address: { ...text, description: 'address:port, or an address alone' },
      body: { ...text, description: 'Unknown bytes in hex' },
      number: { ...integer, description: 'Of a datagram of unknown type' },
      size: { ...number, description: 'Bytes of such a datagram' },
      random: text,
      seed: { ...text, description: 'Of a cipher, in hex' },
      masked_type: { ...text, description: 'Type of the cipher, masked by its seed' },
      dialect: { ...text, description: 'Programs that begin with this very number' },
      push_id: { ...integer, description: 'Of the push request that a call answers' },
      challenge: integer,
      count: { ...integer, description: 'Files of a list' },
      http: {
        type: 'object',
        properties: {
          method: text,
          target: text,
          purpose: { type: 'string', enum: ['download', 'files', 'list', 'special', 'other'] },
          status: integer,
          reason: text,
          content: { ...text, description: 'urn:kzhash:' },
          checksum: { ...integer, description: 'Of a file asked for by name' },
          name: text,
          size: { ...number, description: 'Of the whole file' },
          tags: {
            type: 'object',
            description: 'X-KazaaTag by name, or tag-<number>',
            additionalProperties: { type: ['string', 'number'] },
          },
          headers: {
            type: 'object',
            description: 'By lower-case name; values of what occurs twice are joined',
            additionalProperties: text,
          },
        },
        additionalProperties: false,
      },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
