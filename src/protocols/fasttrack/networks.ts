/**
 * The networks that speak FastTrack: the same protocol, told apart by the name that both sides of a
 * connection must know. Source: giFT-FastTrack PROTOCOL, "Server network name".
 */

/** name on the wire → whose network it is */
const NETWORKS: Readonly<Record<string, string>> = {
  KaZaA: 'Kazaa',
  Grokster: 'Grokster',
  MusicCity: 'Morpheus',
  fileshare: 'iMesh',
}

const BY_LOWER_CASE = new Map(
  Object.entries(NETWORKS).map(([name, title]) => [name.toLowerCase(), title]),
)

/** giFT-FastTrack compares names without regard to case. */
export function networkNamed(name: string): string | undefined {
  return BY_LOWER_CASE.get(name.toLowerCase())
}

const NAME = /^[A-Za-z][\w.-]{2,30}$/

/** Whether a text could be the name of a network, of these or of one that nobody wrote down. */
export function isNetworkName(name: string): boolean {
  return NAME.test(name)
}

/** `"fileshare" (iMesh)`; `"other"` */
export function shownNetwork(name: string): string {
  const title = networkNamed(name)
  return title === undefined ? `"${name}"` : `"${name}" (${title})`
}
