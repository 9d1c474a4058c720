/**
 * A client at a dark address, in both dialects, or what somebody takes for an ADC hub there: it tells
 * who it is, hears what is wanted, and has no slot.
 *
 *     caller   $MyNick, $Lock             →   ←   $MyNick, $Lock, $Supports, $Direction Upload, $Key
 *              $Supports, $Direction, $Key, $ADCGET, $Get   →   ←   $MaxedOut
 *     caller   CSUP                       →   ←   CSUP, CINF
 *              CINF, CGET                 →   ←   CSTA 153
 *     caller   HSUP                       →   ←   ISTA 211
 *
 * Whoever takes it for an NMDC hub waits for its `$Lock` and is not heard.
 * Source: nmdc.sourceforge.io NMDC 1.3; adc.sourceforge.io ADC 1.0.3; fixtures/nmdc-peer.pcap.
 */
import { base32, bytesOf, concat } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import type { Answer, Call, Responder } from '../../core/responder.ts'
import { TIGER_BYTES } from '../../core/tiger.ts'
import { FEATURES, line, readLine, STATUS } from './peer-adc-node.ts'
import { command, lockIn, lockWith, PK, readCommand } from './peer-node.ts'
import { keyOf } from './wire/key.ts'

const NICK = 'Peerscope'
const SUPPORTS = 'ADCGet TTHF '
const NUMBERS = 0x7fff
const DOLLAR = 0x24
const HUB_FULL = '211'

export function makeResponder(call: Call): Responder {
  let talk: ((bytes: Uint8Array) => Answer) | undefined
  return {
    data(bytes): Answer {
      talk ??= bytes[0] === DOLLAR ? nmdc(call) : adc(call)
      return talk(bytes)
    },
  }
}

function nmdc({ self }: Call): (bytes: Uint8Array) => Answer {
  const chance = randomFrom(self)
  return (bytes) => {
    const send: Uint8Array[] = []
    let done = false
    const used = readCommand(bytes, ({ name, rest }) => {
      if (name === 'Lock') {
        const key = keyOf(bytesOf(lockIn(rest)))
        done = key === undefined
        if (key === undefined) return
        send.push(
          command(`$MyNick ${NICK}`),
          command(`$Lock ${lockWith((below) => chance() % below)} Pk=${PK}`),
          command(`$Supports ${SUPPORTS}`),
          command(`$Direction Upload ${chance() % NUMBERS}`),
          concat(bytesOf('$Key '), key, bytesOf('|')),
        )
      } else if (ASKING.has(name)) {
        done = true
        send.push(command('$MaxedOut'))
      }
    })
    if (used === 'broken') return { used: bytes.length, send: [], done: true }
    return { used, send, done }
  }
}

const ASKING = new Set(['Get', 'ADCGET', 'UGetBlock', 'GetZBlock'])

function adc({ self }: Call): (bytes: Uint8Array) => Answer {
  return (bytes) => {
    const send: Uint8Array[] = []
    let done = false
    const used = readLine(bytes, ({ kind, name }) => {
      if (kind === 'H') {
        done = true
        send.push(line('ISTA', HUB_FULL, 'full'))
      } else if (name === 'SUP') send.push(line('CSUP', FEATURES), line('CINF', `ID${cidOf(self)}`))
      else if (name === 'GET') {
        done = true
        send.push(line('CSTA', STATUS.noSlots, 'no\\sslots'))
      }
    })
    if (used === 'broken') return { used: bytes.length, send: [], done: true }
    return { used, send, done }
  }
}

function cidOf(seed: number): string {
  const next = randomFrom(seed)
  return base32(Uint8Array.from({ length: TIGER_BYTES }, () => next() % 256))
}
