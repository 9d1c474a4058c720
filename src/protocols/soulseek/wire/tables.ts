/**
 * Which fields each message has, per link. Sources: nicotine-plus/nicotine-plus
 * doc/SLSKPROTOCOL.md and pynicotine/slskmessages.py; soulfind-dev/soulfind; older fields that a
 * server may leave out are optional.
 */
import type { Field } from './fields.ts'

export type MessageTable = ReadonlyMap<
  number,
  { readonly name: string; readonly fields: readonly Field[] }
>

type Entry = readonly [number, string, ...Field[]]

function tableOf(entries: readonly Entry[]): MessageTable {
  return new Map(entries.map(([code, name, ...fields]) => [code, { name, fields }]))
}

const USER: Field = ['user', 'text']
const ROOM: Field = ['room', 'text']
const TOKEN: Field = ['token', 'u32']
const FILE: Field = ['file', 'text']
const TEXT: Field = ['text', 'text']
const COUNTS: readonly Field[] = [
  ['speed', 'u32'],
  ['uploads', 'u32'],
  ['unknown', 'u32'],
  ['files', 'u32'],
  ['directories', 'u32'],
]
const NUMBERS: readonly Field[] = [['number', 'u32']]
const NAMES: readonly Field[] = [['name', 'text']]

// biome-ignore format: a table
export const SERVER_ASKS = tableOf([
  [1, 'login', USER, ['password', 'text'], ['version', 'u32'], ['digest', 'text', 'optional'], ['minor', 'u32', 'optional']],
  [2, 'set-wait-port', ['port', 'u32'], ['obfuscation', 'u32', 'optional'], ['obfuscatedPort', 'u32', 'optional']],
  [3, 'get-peer-address', USER],
  [5, 'watch-user', USER],
  [6, 'unwatch-user', USER],
  [7, 'get-user-status', USER],
  [13, 'say-in-room', ROOM, TEXT],
  [14, 'join-room', ROOM, ['private', 'u32', 'optional']],
  [15, 'leave-room', ROOM],
  [18, 'connect-to-peer', TOKEN, USER, ['kind', 'text']],
  [22, 'private-message', USER, TEXT],
  [23, 'message-acknowledged', ['id', 'u32']],
  [26, 'file-search', TOKEN, ['query', 'text']],
  [28, 'set-status', ['status', 'u32']],
  [32, 'ping'],
  [34, 'download-speed', USER, ['speed', 'u32']],
  [35, 'shared-counts', ['directories', 'u32'], ['files', 'u32']],
  [36, 'get-user-stats', USER],
  [42, 'user-search', USER, TOKEN, ['query', 'text']],
  [51, 'add-interest', ['item', 'text']],
  [52, 'remove-interest', ['item', 'text']],
  [57, 'user-interests', USER],
  [64, 'room-list'],
  [65, 'exact-file-search', TOKEN, ['query', 'text'], ['rest', 'rest']],
  [71, 'have-no-parent', ['value', 'u8']],
  [73, 'search-parent', ['ip', 'ip']],
  [92, 'check-privileges'],
  [100, 'accept-children', ['value', 'u8']],
  [103, 'wishlist-search', TOKEN, ['query', 'text']],
  [117, 'add-hated-interest', ['item', 'text']],
  [118, 'remove-hated-interest', ['item', 'text']],
  [120, 'room-search', ROOM, TOKEN, ['query', 'text']],
  [121, 'upload-speed', ['speed', 'u32']],
  [126, 'branch-level', ['level', 'u32']],
  [127, 'branch-root', USER],
  [129, 'child-depth', ['depth', 'u32']],
  [141, 'toggle-private-rooms', ['value', 'u8']],
  [142, 'change-password', ['password', 'text']],
  [1001, 'cannot-connect-to-peer', TOKEN, USER],
])

// biome-ignore format: a table
export const SERVER_TELLS = tableOf([
  [1, 'login', ['success', 'u8'], TEXT, ['ip', 'ip', 'optional'], ['digest', 'text', 'optional'], ['supporter', 'u8', 'optional']],
  [3, 'get-peer-address', USER, ['ip', 'ip'], ['port', 'u32'], ['obfuscation', 'u32', 'optional'], ['obfuscatedPort', 'u16', 'optional']],
  [5, 'watch-user', USER, ['exists', 'u8'], ['status', 'u32', 'optional'], ['speed', 'u32', 'optional'], ['uploads', 'u32', 'optional'], ['unknown', 'u32', 'optional'], ['files', 'u32', 'optional'], ['directories', 'u32', 'optional'], ['country', 'text', 'optional']],
  [7, 'get-user-status', USER, ['status', 'u32'], ['privileged', 'u8', 'optional']],
  [13, 'say-in-room', ROOM, USER, TEXT],
  [14, 'join-room', ROOM, ['users', NAMES], ['statuses', NUMBERS], ['stats', COUNTS], ['slots', NUMBERS], ['countries', NAMES, 'optional'], ['owner', 'text', 'optional'], ['operators', NAMES, 'optional']],
  [15, 'leave-room', ROOM],
  [16, 'user-joined-room', ROOM, USER, ['status', 'u32'], ...COUNTS, ['slots', 'u32'], ['country', 'text', 'optional']],
  [17, 'user-left-room', ROOM, USER],
  [18, 'connect-to-peer', USER, ['kind', 'text'], ['ip', 'ip'], ['port', 'u32'], TOKEN, ['privileged', 'u8', 'optional'], ['obfuscation', 'u32', 'optional'], ['obfuscatedPort', 'u32', 'optional']],
  [22, 'private-message', ['id', 'u32'], ['time', 'u32'], USER, TEXT, ['isNew', 'u8', 'optional']],
  [26, 'file-search', USER, TOKEN, ['query', 'text']],
  [32, 'ping'],
  [36, 'get-user-stats', USER, ...COUNTS],
  [41, 'relogged'],
  [57, 'user-interests', USER, ['liked', NAMES], ['hated', NAMES]],
  [64, 'room-list', ['rooms', NAMES], ['users', NUMBERS], ['ownedRooms', NAMES, 'optional'], ['ownedUsers', NUMBERS, 'optional'], ['privateRooms', NAMES, 'optional'], ['privateUsers', NUMBERS, 'optional'], ['operatedRooms', NAMES, 'optional']],
  [69, 'privileged-users', ['users', NAMES]],
  [71, 'have-no-parent', ['value', 'u8']],
  [83, 'parent-min-speed', ['speed', 'u32']],
  [84, 'parent-speed-ratio', ['ratio', 'u32']],
  [92, 'check-privileges', ['seconds', 'u32']],
  [93, 'embedded-message', ['distributedCode', 'u8'], ['body', 'rest']],
  [102, 'possible-parents', ['parents', [USER, ['ip', 'ip'], ['port', 'u32']]]],
  [104, 'wishlist-interval', ['seconds', 'u32']],
  [113, 'room-tickers', ROOM, ['tickers', [USER, TEXT]]],
  [130, 'reset-distributed'],
  [133, 'private-room-users', ROOM, ['users', NAMES]],
  [141, 'toggle-private-rooms', ['value', 'u8']],
  [160, 'excluded-search-phrases', ['phrases', NAMES]],
  [1001, 'cannot-connect-to-peer', TOKEN, ['user', 'text', 'optional']],
  [1003, 'cannot-create-room', ROOM],
])

// biome-ignore format: a table
export const INIT = tableOf([
  [0, 'pierce-firewall', TOKEN],
  [1, 'peer-init', USER, ['kind', 'text'], TOKEN],
])

/** Bodies marked `deflated` hold what wire/lists.ts reads. */
// biome-ignore format: a table
export const PEER = tableOf([
  [4, 'get-share-list', ['rest', 'rest']],
  [5, 'share-list', ['deflated', 'rest']],
  [8, 'file-search-request', TOKEN, ['query', 'text']],
  [9, 'file-search-response', ['deflated', 'rest']],
  [15, 'user-info-request', ['rest', 'rest']],
  [16, 'user-info', ['description', 'text'], ['hasPicture', 'u8'], ['rest', 'rest']],
  [36, 'folder-request', TOKEN, ['directory', 'text']],
  [37, 'folder', ['deflated', 'rest']],
  [40, 'transfer-request', ['direction', 'u32'], TOKEN, FILE, ['size', 'u64', 'optional']],
  [41, 'transfer-response', TOKEN, ['allowed', 'u8'], ['more', 'rest']],
  [42, 'placehold-upload', FILE],
  [43, 'queue-upload', FILE],
  [44, 'place-in-queue', FILE, ['place', 'u32']],
  [46, 'upload-failed', FILE],
  [50, 'upload-denied', FILE, ['reason', 'text', 'optional']],
  [51, 'place-in-queue-request', FILE],
  [52, 'upload-queue-notification'],
])

// biome-ignore format: a table
export const DISTRIBUTED = tableOf([
  [0, 'ping', ['rest', 'rest']],
  [3, 'search', ['identifier', 'u32'], USER, TOKEN, ['query', 'text']],
  [4, 'branch-level', ['level', 'u32']],
  [5, 'branch-root', USER],
  [7, 'child-depth', ['depth', 'u32']],
  [93, 'embedded-message', ['distributedCode', 'u8'], ['body', 'rest']],
])
