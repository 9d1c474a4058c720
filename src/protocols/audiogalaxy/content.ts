/**
 * Names of contents. The server gives every transfer an id of 16 bytes, which peers tell each other;
 * a share is known by its name and size.
 *
 *   urn:x-peerscope:audiogalaxy:transfer:<hex 32>
 *   urn:x-peerscope:audiogalaxy:<size>:<file name>
 */
import { bytesOf, hex } from '../../core/bytes.ts'
import { text } from '../../core/text.ts'

const PREFIX = 'urn:x-peerscope:audiogalaxy:'
/** Longest file name that becomes part of a content's name. */
const NAME_MAX = 255

export function transferUrn(id: Uint8Array): string {
  return `${PREFIX}transfer:${hex(id)}`
}

export function fileUrn(name: string, size: number): string {
  // By characters: `encodeURIComponent` throws on half of a pair, which a cut could leave.
  const cut = [...name].slice(0, NAME_MAX).join('')
  return `${PREFIX}${size}:${encodeURIComponent(cut)}`
}

/** Text of a string that holds one character per byte. */
export function decoded(value: string): string {
  return text(bytesOf(value))
}

/** A name that steps out of the folder that it is to be saved in. */
export function isTraversal(name: string): boolean {
  return /(?:^|[\\/])\.\.(?:[\\/]|$)/.test(name)
}
