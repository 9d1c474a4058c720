/** What breaks a rule of tidy and may, each with its reason. An exemption that is not used fails. */
export interface Exemption {
  readonly rule: string
  readonly path: string
  readonly reason: string
}

export const EXEMPTIONS: readonly Exemption[] = [
  {
    rule: 'file-size',
    path: 'src/intake/flow/table.ts',
    reason:
      'One idea: columns, look-up and expiry share the rows, and calls across files cost speed',
  },
  {
    rule: 'banned',
    path: 'src/intake/flow/table.ts',
    reason: 'One view over sixteen scratch bytes, made once',
  },
  {
    rule: 'impure',
    path: 'src/intake/source/filter.ts',
    reason: 'A filter expression is compiled by the tcpdump program, before the first packet',
  },
  {
    rule: 'impure',
    path: 'src/intake/source/live-pipe.ts',
    reason: 'Packets come out of the tcpdump or dumpcap program, whenever there are any',
  },
  {
    rule: 'foreign-name',
    path: 'src/protocols/gnutella/software.ts',
    reason: 'Ares spoke Gnutella before it had a protocol of its own: a vendor code',
  },
  {
    rule: 'foreign-name',
    path: 'src/protocols/bitcoin/places.ts',
    reason: 'BIP 155 names the networks that addresses belong to',
  },
  {
    rule: 'protocol-files',
    path: 'src/protocols/vagaa/session.ts',
    reason: 'Vagaa has no wire of its own: nothing is read, nothing is logged',
  },
  {
    rule: 'protocol-files',
    path: 'src/protocols/vagaa/logs.ts',
    reason: 'Vagaa has no wire of its own: nothing is read, nothing is logged',
  },
]
