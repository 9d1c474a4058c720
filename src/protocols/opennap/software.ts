/** Programs by what they say of themselves at login, and servers by their message of the day. */

export interface Software {
  readonly software?: string
  readonly version?: string
}

/** `nap v0.8`, `TekNap`, `WinMX v2.6`, `mldonkey 2.5`, `v2.0 BETA 10.4` (the company's own client). */
export function softwareOfClient(client: string): Software {
  const said = client.trim()
  if (said === '') return {}
  const own = /^v(\d.*)$/i.exec(said)
  if (own !== null) return { software: 'Napster', version: own[1]! }
  const match = /^(.*?\S)[ /_-]+v?(\d\S*(?: (?:alpha|beta|rc)\b.*)?)$/i.exec(said)
  return match === null ? { software: said } : { software: match[1]!, version: match[2]! }
}

/** `VERSION opennap 0.44`, `VERSION opennap-ng 0.50-beta2`, `VERSION SlavaNap 2.0.0`. */
export function softwareOfMotd(line: string): Software | undefined {
  const match = /^VERSION (\S+) (\d\S*)/.exec(line)
  return match === null ? undefined : { software: match[1]!, version: match[2]! }
}
