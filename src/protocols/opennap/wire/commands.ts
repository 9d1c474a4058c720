/**
 * Every message type: its number, its name, and the words of its text, from either side.
 * Sources: opennap, napster.txt (N); mldonkey, docs/slavanap.txt (S), the same specification carried
 * on; opennap-ng, src/opennap.h (G), for what only its servers say.
 *
 * A format lists the words in order:
 *
 *   name     one word, quoted or not          #name    a number in decimal
 *   @name    an address: decimal text of the number whose least significant byte is the first octet
 *   %name    the MD5 field, see content.ts    !name    a secret: never shown
 *   *name    all the rest, as it is           name?    may be missing, with all that follow
 *   +list    special: read by the session (searches, lists of files)
 *   -        this side does not say it
 *
 * `''` is a message without text.
 */

/** [number, name, what a client says, what a server says, source] */
type Row = readonly [number, string, string, string, string]

// biome-ignore format: a table
export const COMMANDS: readonly Row[] = [
  // Login
  [0, 'login-error', '-', '*text', 'N'],
  [2, 'login', 'nick !password #port client #link build?', '-', 'N S'],
  [3, 'login-ok', '-', 'email user_number?', 'N S'],
  [4, 'version-check', 'version', 'version', 'S'],
  [5, 'auto-upgrade', '-', 'version location?', 'S'],
  [6, 'new-user-login', 'nick !password #port client #link email?', '-', 'N'],
  [7, 'nick-check', 'nick', '-', 'N'],
  [8, 'nick-free', '-', '', 'N'],
  [9, 'nick-taken', '-', '', 'N'],
  [10, 'nick-invalid', '-', '', 'N'],
  [11, 'password-check', 'nick !password', '-', 'S'],
  [12, 'password-ok', '-', '', 'S'],
  [13, 'echo', '-', '*text', 'S'],
  [14, 'personal-data', '!text', '-', 'N'],
  [15, 'personal-data', '!text', '-', 'S'],
  // Shares
  [100, 'share', 'path %md5 #size #bitrate #frequency #seconds', '-', 'N'],
  [102, 'unshare', 'path', '-', 'N'],
  [110, 'unshare-all', '', '#count', 'S'],
  // Searches and downloads
  [200, 'search', '+search', '-', 'N S'],
  [201, 'search-result', '-', 'path %md5 #size #bitrate #frequency #seconds nick @ip #link *extra?', 'N S'],
  [202, 'search-end', '-', '', 'N'],
  [203, 'download', 'nick path', '-', 'N'],
  [204, 'download-ok', '-', 'nick @ip #port path %md5 #link', 'N'],
  [205, 'private-message', 'nick *text', 'nick *text', 'N'],
  [206, 'download-error', '-', 'nick path', 'N'],
  [207, 'hotlist-add', 'nick', '-', 'N'],
  [208, 'hotlist', 'nick', '-', 'N'],
  [209, 'sign-on', '-', 'nick #link', 'N'],
  [210, 'sign-off', '-', 'nick', 'N'],
  [211, 'browse', 'nick', '-', 'N'],
  [212, 'browse-file', '-', 'nick path %md5 #size #bitrate #frequency #seconds', 'N'],
  [213, 'browse-end', '-', 'nick @ip?', 'N S'],
  [214, 'stats', '', '#users #files #gigabytes *extra?', 'N S'],
  [215, 'resume', '%md5 #size', '-', 'N'],
  [216, 'resume-source', '-', 'nick @ip #port path %md5 #size #link', 'N'],
  [217, 'resume-end', '-', '', 'N'],
  [218, 'downloading', '', '-', 'N'],
  [219, 'download-done', '', '-', 'N'],
  [220, 'uploading', '', '-', 'N'],
  [221, 'upload-done', '', '-', 'N'],
  [300, 'other-data-port', '#port', '-', 'N'],
  [301, 'hotlist-ok', '-', 'nick', 'N'],
  [302, 'hotlist-error', '-', 'nick', 'N'],
  [303, 'hotlist-remove', 'nick', '-', 'N'],
  [310, 'test-310', '*text?', '*text?', 'N'],
  [316, 'disconnect', '*text?', '*text?', 'S'],
  [320, 'ignore-list', '', '#count', 'S'],
  [321, 'ignored', '-', 'nick', 'S'],
  [322, 'ignore', 'nick', 'nick', 'S'],
  [323, 'unignore', 'nick', 'nick', 'S'],
  [324, 'not-ignored', '-', 'nick', 'S'],
  [325, 'already-ignored', '-', 'nick', 'S'],
  [326, 'clear-ignored', '', '#count', 'S'],
  [330, 'block-list', '*text?', '*text?', 'S'],
  [332, 'block-address', '*text', '*text', 'S'],
  [333, 'unblock-address', '*text', '*text', 'S'],
  // Channels
  [400, 'join', 'channel', '-', 'N'],
  [401, 'part', 'channel', 'channel', 'S'],
  [402, 'public-message', 'channel *text', '-', 'N'],
  [403, 'public-message', '-', 'channel nick *text', 'N'],
  [404, 'error', '-', '*text', 'N'],
  [405, 'join-ok', '-', 'channel', 'N'],
  [406, 'user-joined', '-', 'channel nick #shared #link', 'N'],
  [407, 'user-parted', '-', 'channel nick #shared #link', 'N'],
  [408, 'channel-user', '-', 'channel nick #shared #link', 'N'],
  [409, 'channel-users-end', '-', 'channel', 'N'],
  [410, 'topic', 'channel *text?', 'channel *text?', 'N'],
  [420, 'channel-bans', 'channel', 'channel', 'S'],
  [421, 'channel-ban', '-', '*text', 'S'],
  [422, 'ban-from-channel', 'channel target reason?', '-', 'S'],
  [423, 'unban-from-channel', 'channel target reason?', '-', 'S'],
  [424, 'clear-channel-bans', 'channel', '-', 'S'],
  [425, 'channel-motd', '-', '*text', 'S'],
  [430, 'invite', 'nick channel', 'nick channel *text?', 'S'],
  [431, 'invite-accepted', 'nick channel', '-', 'S'],
  [432, 'invite-declined', 'nick channel *text?', '-', 'S'],
  // Firewalled peers, and what is known of users
  [500, 'push', 'nick path', '-', 'N'],
  [501, 'push-request', '-', 'nick @ip #port path %md5 #link', 'N'],
  [600, 'link-speed', 'nick', '-', 'N'],
  [601, 'link-speed', '-', 'nick #link', 'N'],
  [602, 'test-602', '*text?', '*text?', 'N'],
  [603, 'whois', 'nick', '-', 'N'],
  [604, 'whois', '-',
    'nick level #seconds channels status #shared #downloads #uploads #link client ' +
    '#total_downloads? #total_uploads @ip #connected_port #port email server?', 'N S'],
  [605, 'whowas', '-', 'nick level #seen', 'N'],
  [606, 'set-level', 'nick level', '-', 'N'],
  [607, 'upload-request', '-', 'nick path #link?', 'N S'],
  [608, 'upload-accept', 'nick path', '-', 'N'],
  [609, 'upload-refused', 'nick path', 'nick path', 'S'],
  [610, 'kill', 'nick *reason?', '-', 'N'],
  [611, 'nuke', 'nick', '-', 'N'],
  [612, 'ban', 'target *reason?', '-', 'N'],
  [613, 'set-data-port', 'nick #port', '#port', 'N'],
  [614, 'unban', 'target *reason?', '-', 'N'],
  [615, 'bans', '', '', 'S'],
  [616, 'banned-address', '-', 'target nick *reason', 'N S'],
  [617, 'channels', '', '', 'N'],
  [618, 'channel', '-', 'channel #users *text?', 'N'],
  [619, 'queue-limit', 'nick path #count', '-', 'N'],
  [620, 'queue-limit', '-', 'nick path #size #count?', 'N'],
  [621, 'motd', '', '*text', 'N'],
  [622, 'muzzle', 'nick *reason?', '-', 'N'],
  [623, 'unmuzzle', 'nick *reason?', '-', 'N'],
  [624, 'unnuke', 'nick', '-', 'N'],
  [625, 'set-link-speed', 'nick #link', '-', 'N'],
  [626, 'data-port-error', 'nick', 'nick', 'N'],
  [627, 'operators-message', '*text', 'nick *text?', 'N'],
  [628, 'global-message', '*text', 'nick *text?', 'N'],
  [629, 'banned-nick', '-', 'nick', 'N'],
  [640, 'direct-browse', 'nick', 'nick @ip? #port', 'S'],
  [641, 'direct-browse-ok', 'nick', 'nick @ip #port', 'S'],
  [642, 'direct-browse-error', '-', 'nick *text?', 'S'],
  [652, 'cloak', '*text?', '-', 'S'],
  [700, 'change-link-speed', '#link', '-', 'N'],
  [701, 'change-password', '!password', '-', 'N'],
  [702, 'change-email', 'email', '-', 'N'],
  [703, 'change-data-port', '#port', '-', 'N'],
  [748, 'login-elsewhere', '-', '*text?', 'S'],
  [750, 'server-ping', '*text?', '*text?', 'S'],
  [751, 'ping', 'nick', 'nick', 'N'],
  [752, 'pong', 'nick', 'nick', 'N'],
  [753, 'set-password', 'nick !password *reason?', '-', 'N'],
  [800, 'reset-config', '*text', '-', 'N'],
  [801, 'server-version', '', '*text', 'N'],
  [810, 'set-config', '*text', '-', 'N'],
  [820, 'clear-channel', 'channel', '-', 'N'],
  [821, 'redirect', 'nick host #port', 'host #port', 'S'],
  [822, 'cycle', 'nick host', 'host', 'S'],
  [823, 'set-channel-level', 'channel level', '-', 'S'],
  [824, 'emote', 'channel text', 'channel nick text', 'N'],
  [825, 'channel-user', '-', 'channel nick #shared #link', 'N'],
  [826, 'channel-limit', 'channel #count', '-', 'N'],
  [827, 'all-channels', '', '', 'N'],
  [828, 'channel', '-', 'channel #users #made level #count text?', 'N'],
  [829, 'kick', 'channel nick reason?', '-', 'S'],
  [830, 'channel-users', 'channel', '', 'N'],
  [831, 'users', '', '', 'S'],
  [832, 'user', '-', 'nick @ip?', 'S'],
  [870, 'share-folder', '+files', '-', 'S'],
  [900, 'connect-test', '-', '@ip #port *text?', 'S'],
  [901, 'listen-test', '-', '#port #seconds *text?', 'S'],
  [920, 'socket-test', '*text?', '-', 'S'],
  [931, 'blocked-file', '-', '%md5', 'S'],
  [932, 'share-binary', '+binary', '-', 'S'],
  [995, 'blocked-file', '-', '+binary', 'S'],
  // Only OpenNap, OpenNap-NG and SlavaNap
  [8112, 'queue-length', '*text?', '*text?', 'S'],
  [8113, 'queue-length', '*text?', '*text?', 'S'],
  [10010, 'server-login', '*text', '*text', 'G'],
  [10011, 'server-login-ok', '*text', '*text', 'G'],
  [10112, 'server-links', '', '*text?', 'S'],
  [10115, 'server-stats', '', '*text', 'S'],
  [10118, 'client-versions', '', 'client? #count', 'S'],
  [10119, 'which-server', 'nick', '*text', 'G'],
  [10121, 'whowas', 'nick', '*text', 'S'],
  [10123, 'histogram', '*text?', '*text?', 'G'],
  [10200, 'register-user', 'nick !password email level?', '-', 'S'],
  [10203, 'user-mode', '*text?', '*text?', 'G'],
  [10204, 'channel-operator', 'channel *text', '-', 'S'],
  [10205, 'channel-operator-end', 'channel *text', '-', 'S'],
  [10207, 'drop-channel', 'channel reason?', '-', 'S'],
  [10208, 'channel-operators-message', 'channel *text', 'channel *text', 'S'],
  [10209, 'channel-mode', 'channel *text?', 'channel *text?', 'S'],
  [10210, 'invite', 'channel nick', '*text', 'S'],
  [10211, 'channel-voice', 'channel *text?', '-', 'S'],
  [10212, 'channel-voice-end', 'channel *text?', '-', 'S'],
  [10300, 'share-media', 'path #size %md5 media', '-', 'S'],
  [10301, 'browse', 'nick', '-', 'G'],
  [10302, 'browse-files', '-', '*text', 'G'],
]

export type FieldKind = 'word' | 'number' | 'address' | 'md5' | 'secret' | 'rest' | 'special'

export interface Field {
  readonly name: string
  readonly kind: FieldKind
}

export interface Format {
  readonly fields: readonly Field[]
  /** So many fields must be there. */
  readonly required: number
}

export interface Command {
  readonly number: number
  readonly name: string
  /** What [a client, a server] says; undefined where that side does not say it. */
  readonly formats: readonly [Format | undefined, Format | undefined]
}

// biome-ignore format: a table
const KINDS: Readonly<Record<string, FieldKind>> = {
  '#': 'number', '@': 'address', '%': 'md5', '!': 'secret', '*': 'rest', '+': 'special',
}

function formatOf(text: string): Format | undefined {
  if (text === '-') return undefined
  const words = text === '' ? [] : text.split(' ')
  const optional = words.findIndex((word) => word.endsWith('?'))
  const fields = words.map((word) => {
    const kind = KINDS[word[0]!]
    const name = word.slice(kind === undefined ? 0 : 1).replace('?', '')
    return { name, kind: kind ?? 'word' }
  })
  return { fields, required: optional < 0 ? fields.length : optional }
}

const BY_NUMBER: ReadonlyMap<number, Command> = new Map(
  COMMANDS.map(([number, name, client, server]) => [
    number,
    { number, name, formats: [formatOf(client), formatOf(server)] },
  ]),
)

export function commandOf(number: number): Command | undefined {
  return BY_NUMBER.get(number)
}
