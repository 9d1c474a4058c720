/**
 * What a parser makes of bytes: a message, a wish for more, or a named fault. Never an exception.
 */

export type Outcome<M> = Message<M> | Need | Malformed

/** `{ kind: 'message', message, size: 25 }`: the message took 25 bytes from where parsing began. */
export interface Message<M> {
  readonly kind: 'message'
  readonly message: M
  /** Bytes consumed, counted from the place where parsing began. */
  readonly size: number
}

/** `{ kind: 'need', size: 17 }`: at least 17 bytes in all, counted from where parsing began. */
export interface Need {
  readonly kind: 'need'
  readonly size: number
}

/** `{ kind: 'malformed', fault: 'message-too-long', at: 4 }`: a fault listed on the wire, and where. */
export interface Malformed {
  readonly kind: 'malformed'
  /** A stable kebab name out of the wire's closed list. */
  readonly fault: string
  /** Offset in the parsed bytes (not from where parsing began), in bytes. */
  readonly at: number
}

export function message<M>(value: M, size: number): Message<M> {
  return { kind: 'message', message: value, size }
}

export function need(size: number): Need {
  return { kind: 'need', size }
}

export function malformed(fault: string, at: number): Malformed {
  return { kind: 'malformed', fault, at }
}
