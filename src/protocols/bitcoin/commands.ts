/**
 * Which messages carry the chain itself and which are only counted.
 * Source: bitcoin/bitcoin src/protocol.h NetMsgType; BIP 37, 130, 133, 152, 157, 330, 339.
 */

/** Blocks and transactions: passed over, however long; their bytes are summed up. */
export const CONTENT: ReadonlySet<string> = new Set([
  'block',
  'tx',
  'merkleblock',
  'cmpctblock',
  'blocktxn',
  'headers',
  'cfilter',
])

/** Sent so often, and saying so little of who takes part, that they are said only when asked for. */
export const ROUTINE: ReadonlySet<string> = new Set([
  'inv',
  'getdata',
  'notfound',
  'ping',
  'pong',
  'getblocks',
  'getheaders',
  'getblocktxn',
  'feefilter',
  'sendcmpct',
  'alert',
])
