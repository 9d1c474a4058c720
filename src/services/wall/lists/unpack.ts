/** Lists as they are downloaded: plain, gzip, or zip with the list inside. Bounded, never throws. */
import { gunzipSync } from 'node:zlib'
import { unzipSync } from 'fflate'
import { concat, hasAt } from '../../../core/bytes.ts'
import { limits } from '../../../core/limits.ts'

const GZIP = Uint8Array.of(0x1f, 0x8b)
const ZIP = Uint8Array.of(0x50, 0x4b, 0x03, 0x04)
const NEWLINE = Uint8Array.of(0x0a)
/** `ipfilter.dat` and `guarding.p2p` are what is usually inside. */
const LIST_NAME = /\.(?:dat|p2p|txt|list|cidr|netset|ipset)$/i

/** The list's text, or why there is none. */
export type Unpacked = { readonly bytes: Uint8Array } | { readonly fault: string }

export function unpack(bytes: Uint8Array): Unpacked {
  const most = Math.min(limits.wallListBytesMax, bytes.length * limits.wallListRatioMax)
  try {
    if (hasAt(bytes, 0, GZIP)) return { bytes: gunzipSync(bytes, { maxOutputLength: most }) }
    if (hasAt(bytes, 0, ZIP)) return unzip(bytes, most)
  } catch {
    return { fault: `is damaged, or becomes more than ${most} bytes` }
  }
  return bytes.length > most ? { fault: `has more than ${most} bytes` } : { bytes }
}

function unzip(bytes: Uint8Array, most: number): Unpacked {
  let left = most
  // Sizes are claims: what they claim together is bounded before anything is made of them.
  const files = unzipSync(bytes, {
    filter: ({ name, originalSize }) => {
      if (!LIST_NAME.test(name)) return false
      left -= originalSize
      return left >= 0
    },
  })
  if (left < 0) return { fault: `becomes more than ${most} bytes` }
  const lists = Object.values(files)
  if (lists.length === 0) return { fault: 'holds no list' }
  return { bytes: concat(...lists.flatMap((list) => [list, NEWLINE])) }
}
