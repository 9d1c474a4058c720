/**
 * ID3 texts of a share.
 *
 *   tags   u8 has v1 [title | artist | album] | u8 has v2 [title | artist | album | track | genre]
 *
 * Source: mldonkey, commit 81a0385c, agProtocol.ml, captured bytes.
 */
import { bytesOf } from '../../core/bytes.ts'
import { text } from '../../core/text.ts'
import { FieldReader } from './wire/strings.ts'

export interface Tags {
  readonly title?: string
  readonly artist?: string
  readonly album?: string
}

/** The newer tag's texts where they hold something, else the older's. */
export function tagsOf(bytes: Uint8Array): Tags {
  const reader = new FieldReader(bytes, 0)
  const first = reader.u8() === 1 ? threeOf(reader) : []
  const second = reader.u8() === 1 ? threeOf(reader) : []
  const [title, artist, album] = [0, 1, 2].map((i) => second[i] || first[i] || undefined)
  return {
    ...(title !== undefined && { title }),
    ...(artist !== undefined && { artist }),
    ...(album !== undefined && { album }),
  }
}

function threeOf(reader: FieldReader): string[] {
  return [reader.string(), reader.string(), reader.string()].map((one) => text(bytesOf(one)))
}
