/**
 * Inputs that once broke something, kept beside the protocol: `corpus/<wire>/<hash>.bin` for one
 * message, `corpus/session/<hash>.json` for a flow. A test plays them all.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { repositoryFile } from '../../src/core/repository.ts'
import { filesBelow } from '../tree.ts'
import type { Play } from './targets.ts'

function corpusOf(protocol: string): string {
  return repositoryFile(`src/protocols/${protocol}/corpus`)
}

function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}

function keep(file: string, content: Uint8Array | string): string {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}

/** `bittorrent/peer` → the folder `corpus/peer` of that protocol. */
export function keepMessage(wire: string, bytes: Uint8Array): string {
  const [protocol, ...rest] = wire.split('/')
  return keep(join(corpusOf(protocol!), rest.join('-'), `${hashOf(bytes)}.bin`), bytes)
}

export function keptMessages(wire: string): Uint8Array[] {
  const [protocol, ...rest] = wire.split('/')
  const folder = join(corpusOf(protocol!), rest.join('-'))
  return filesBelow(folder).map((name) => new Uint8Array(readFileSync(join(folder, name))))
}

export function keepPlay(protocol: string, play: Play): string {
  const text = playText(play)
  return keep(join(corpusOf(protocol), 'session', `${hashOf(text)}.json`), text)
}

export function keptPlays(protocol: string): Play[] {
  const folder = join(corpusOf(protocol), 'session')
  return filesBelow(folder).map((name) => playOf(readFileSync(join(folder, name), 'utf8')))
}

export function playText(play: Play): string {
  const pieces = play.pieces.map(({ side, bytes, gap }) =>
    gap > 0 ? { side, gap } : { side, hex: Buffer.from(bytes).toString('hex') },
  )
  return `${JSON.stringify({ ...play, pieces })}\n`
}

export function playOf(text: string): Play {
  const play = JSON.parse(text) as Omit<Play, 'pieces'> & {
    pieces: { side: 0 | 1; gap?: number; hex?: string }[]
  }
  const pieces = play.pieces.map(({ side, gap, hex }) => ({
    side,
    gap: gap ?? 0,
    bytes: new Uint8Array(Buffer.from(hex ?? '', 'hex')),
  }))
  return { ...play, pieces }
}
