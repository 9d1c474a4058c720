/**
 * Names of contents. The server gives every transfer an id of 16 bytes, which peers tell each other;
 * a share is known by its name and size.
 *
 *   urn:x-peerscope:audiogalaxy:transfer:<hex 32>
 *   urn:x-peerscope:audiogalaxy:<size>:<file name>
 */
import { bytesOf, hex } from '../../core/bytes.ts'
import { text } from '../../core/text.ts'
import { namedUrn } from '../formats/file-path.ts'

export function transferUrn(id: Uint8Array): string {
  return `urn:x-peerscope:audiogalaxy:transfer:${hex(id)}`
}

export function fileUrn(name: string, size: number): string {
  return namedUrn('audiogalaxy', name, size)
}

/** Text of a string that holds one character per byte. */
export function decoded(value: string): string {
  return text(bytesOf(value))
}
