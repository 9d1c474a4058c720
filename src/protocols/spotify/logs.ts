/** The shape of what Spotify's beacons write to logs. */
export const logs = {
  spotify: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['beacon'] },
      id: { type: 'string', description: 'Of the player, hex' },
      group: { type: 'string', description: 'Four bytes that many players share, hex' },
      first: { type: 'integer', description: '0 or 1' },
      second: { type: 'integer', description: '0 or 4' },
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
