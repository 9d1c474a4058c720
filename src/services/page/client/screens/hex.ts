/** Bytes as people read them: offset, sixteen in hex, the same as letters. Pure. */

const WIDTH = 16

/** @param hex  two digits a byte */
export function hexLines(hex: string): string[] {
  const lines: string[] = []
  for (let at = 0; at < hex.length; at += WIDTH * 2) {
    const bytes = hex.slice(at, at + WIDTH * 2).match(/../g) ?? []
    const left = bytes.slice(0, 8).join(' ')
    const right = bytes.slice(8).join(' ')
    const letters = bytes.map((byte) => letter(Number.parseInt(byte, 16))).join('')
    const offset = (at / 2).toString(16).padStart(4, '0')
    lines.push(`${offset}  ${`${left}  ${right}`.padEnd(WIDTH * 3)}  ${letters}`)
  }
  return lines
}

/** Printable ASCII as it is. */
function letter(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'
}
