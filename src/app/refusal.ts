/** What the operating system refused, in words for people: first what it was about, then why. */

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'part of the path is no folder',
  EEXIST: 'is there already',
  EISDIR: 'is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'can only be read there',
  ENOSPC: 'no space left on the disk',
  EMFILE: 'too many files are open at once; ulimit -n allows more',
  EADDRINUSE: 'is in use by another program',
  EADDRNOTAVAIL: 'is no address of this machine',
}

/** @returns undefined where `error` is no refusal of the system, or one without words here */
export function refusal(error: Error): string | undefined {
  const { code, syscall, path, address, port } = error as NodeJS.ErrnoException & {
    readonly address?: string
    readonly port?: number
  }
  const why = code === undefined || syscall === undefined ? undefined : WHY[code]
  if (why === undefined) return undefined
  const place = path ?? (address === undefined ? undefined : placeOf(address, port))
  return place === undefined ? why : `${place}: ${why}`
}

function placeOf(address: string, port: number | undefined): string {
  const host = address.includes(':') ? `[${address}]` : address
  return port === undefined ? host : `${host}:${port}`
}
