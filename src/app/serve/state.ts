/** Where what is seen stays, unless told otherwise. */
import { homedir } from 'node:os'
import { join } from 'node:path'

const STORE = 'peerscope.duckdb'

/** As systemd says it, else as the XDG base directories say it. */
export function defaultStore(): string {
  const { STATE_DIRECTORY, XDG_STATE_HOME } = process.env
  if (STATE_DIRECTORY !== undefined) return join(STATE_DIRECTORY, STORE)
  return join(XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'peerscope', STORE)
}

/** Packets of interfaces lie beside the store, whose flows they are of. */
export function keptFolder(store: string): string {
  return `${store}.packets`
}
