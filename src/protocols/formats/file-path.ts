/**
 * Files as users call them: by paths of every system, and contents that nobody hashed by their size
 * and name, which indexes and transfers both tell:
 *
 *   urn:x-peerscope:<network>:<size>:<file name>
 */

/** The last step of a path, whichever slashes part it. */
export function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1)
}

/** Longest file name that becomes part of a content's name. */
const NAME_MAX = 255

/** A content's name where all that is known of it is a file's name and size. */
export function namedUrn(network: string, name: string, size: number): string {
  // By characters: `encodeURIComponent` throws on half of a pair, which a cut could leave.
  const cut = [...name].slice(0, NAME_MAX).join('')
  return `urn:x-peerscope:${network}:${size}:${encodeURIComponent(cut)}`
}

/** A path that steps out of the folder that it is to be found or saved in. */
export function stepsOut(path: string): boolean {
  return /(?:^|[\\/])\.\.(?:[\\/]|$)/.test(path)
}

/** As `stepsOut`, for paths below a shared folder: a drive, or a NUL that ends them early, leaves it too. */
export function leavesFolder(path: string): boolean {
  return stepsOut(path) || /^[a-z]:[/\\]/i.test(path) || path.includes('\0')
}
