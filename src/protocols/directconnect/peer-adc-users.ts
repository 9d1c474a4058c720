/** Who is in an ADC hub, as one client was told. */
import { parseIp } from '../../core/address.ts'
import { numberOf } from './content.ts'
import type { Named } from './wire/adc.ts'

const USERS_MAX = 16_384

export interface User {
  readonly sid: string
  nick: string
  cid: string
  /** Empty: not told. */
  ip: string
  /** 0: not told. */
  udpPort: number
  /** Connections to him come through. */
  isActive: boolean
}

export class Users {
  readonly #bySid = new Map<string, User>()

  /** Somebody is there, or has changed. */
  tell(sid: string, named: Named): void {
    let user = this.#bySid.get(sid)
    if (user === undefined) {
      if (this.#bySid.size >= USERS_MAX) return
      user = { sid, nick: '', cid: '', ip: '', udpPort: 0, isActive: false }
      this.#bySid.set(sid, user)
    }
    const one = (name: string): string | undefined => named.get(name)?.[0]
    user.nick = one('NI') ?? user.nick
    user.cid = one('ID') ?? user.cid
    // Not a name: nobody is to be looked up for it.
    user.ip = parseIp(one('I4') ?? '') ?? user.ip
    user.udpPort = portOf(one('U4')) ?? user.udpPort
    user.isActive = one('SU')?.split(',').includes('TCP4') ?? user.isActive
  }

  at(sid: string | undefined): User | undefined {
    return this.#bySid.get(sid ?? '')
  }

  find(fits: (user: User) => boolean): User | undefined {
    for (const user of this.#bySid.values()) if (fits(user)) return user
    return undefined
  }

  gone(sid: string | undefined): void {
    this.#bySid.delete(sid ?? '')
  }

  clear(): void {
    this.#bySid.clear()
  }
}

/** A port as somebody wrote it. */
export function portOf(value: string | undefined): number | undefined {
  const port = numberOf(value)
  return port !== undefined && port <= 0xffff ? port : undefined
}
