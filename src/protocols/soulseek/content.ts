/**
 * What files are called. Soulseek knows a file by its path at a user and its size, and hashes none,
 * so a content's name here is size and file name, which lists, search responses and offers all tell:
 *
 *   urn:x-peerscope:soulseek:<size>:<file name>
 */

const PREFIX = 'urn:x-peerscope:soulseek:'

/** Longest file name that becomes part of a content's name. */
const NAME_MAX = 255

/** The name of a file in its path; paths are parted by backslashes, whatever the system. */
export function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1)
}

export function fileUrn(path: string, size: number): string {
  // By characters: `encodeURIComponent` throws on half of a pair, which a cut could leave.
  const name = [...nameOf(path)].slice(0, NAME_MAX).join('')
  return `${PREFIX}${size}:${encodeURIComponent(name)}`
}

/** A path that steps out of the folder that it is to be saved in. */
export function isTraversal(path: string): boolean {
  return /(?:^|[\\/])\.\.(?:[\\/]|$)/.test(path)
}
