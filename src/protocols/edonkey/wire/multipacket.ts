/**
 * Multipackets: several questions about one file in one frame, and the answers in one.
 *
 *     questions   58 [part status [complete sources u16le]]   4f   81   83 version u8, options u16le   9e
 *     answers     59 name u16le size   50 part status   9d AICH root 20
 *
 * What follows 58 depends on the version of extended requests that both sides agreed on (0 nothing,
 * 1 the part status, 2 also the count); it is found by trying which of them lets the rest be read.
 * An unknown question ends the reading, as in eMule; what is left is kept.
 * Source: eMule DownloadClient.cpp (`SendFileRequest`), ListenSocket.cpp (OP_MULTIPACKET).
 */
import type { ByteWriter } from '../../../core/bytes.ts'
import { type PartStatus, partStatus } from './entries.ts'
import { bytes16, Cursor, hash20, type Layout } from './layout.ts'

export type Question =
  | {
      readonly type: 'request-file-name'
      readonly status: PartStatus | undefined
      readonly completeSources: number | undefined
    }
  | { readonly type: 'set-request-file' | 'request-sources' | 'aich-request' }
  | { readonly type: 'request-sources-2'; readonly version: number; readonly options: number }
  | { readonly type: 'other'; readonly rest: Uint8Array }

export type Answer =
  | { readonly type: 'file-name'; readonly name: Uint8Array }
  | { readonly type: 'file-status'; readonly status: PartStatus }
  | { readonly type: 'aich-answer'; readonly root: string }
  | { readonly type: 'other'; readonly rest: Uint8Array }

function readQuestions(from: Cursor, extended: number): Question[] {
  const all: Question[] = []
  while (from.left > 0) {
    const opcode = from.bytes[from.at]!
    if (
      opcode !== 0x58 &&
      opcode !== 0x4f &&
      opcode !== 0x81 &&
      opcode !== 0x83 &&
      opcode !== 0x9e
    ) {
      all.push({ type: 'other', rest: from.take(from.left) })
      break
    }
    from.u8()
    if (opcode === 0x58) {
      const status = extended >= 1 ? partStatus.read(from) : undefined
      const completeSources = extended >= 2 ? from.u16() : undefined
      all.push({ type: 'request-file-name', status, completeSources })
    } else if (opcode === 0x83) {
      all.push({ type: 'request-sources-2', version: from.u8(), options: from.u16() })
    } else {
      const names = { 79: 'set-request-file', 129: 'request-sources', 158: 'aich-request' } as const
      all.push({ type: names[opcode] })
    }
  }
  return all
}

export const questions: Layout<readonly Question[]> = {
  min: 0,
  read(from) {
    let best: { all: Question[] } | undefined
    for (const extended of [2, 1, 0]) {
      const trial = new Cursor(from.bytes, from.at, from.end)
      const all = readQuestions(trial, extended)
      if (trial.fault !== undefined) continue
      best ??= { all }
      if (all.at(-1)?.type === 'other') continue
      best = { all }
      break
    }
    if (best === undefined) {
      from.fail('body-short')
      return []
    }
    from.take(from.left)
    return best.all
  },
  write(to, all) {
    for (const each of all) writeQuestion(to, each)
  },
}

function writeQuestion(to: ByteWriter, each: Question): void {
  switch (each.type) {
    case 'request-file-name':
      to.u8(0x58)
      if (each.status !== undefined) partStatus.write(to, each.status)
      if (each.completeSources !== undefined) to.u16le(each.completeSources)
      return
    case 'set-request-file':
      to.u8(0x4f)
      return
    case 'request-sources':
      to.u8(0x81)
      return
    case 'aich-request':
      to.u8(0x9e)
      return
    case 'request-sources-2':
      to.u8(0x83).u8(each.version).u16le(each.options)
      return
    case 'other':
      to.bytes(each.rest)
  }
}

export const answers: Layout<readonly Answer[]> = {
  min: 0,
  read(from) {
    const all: Answer[] = []
    while (from.left > 0) {
      const opcode = from.bytes[from.at]!
      if (opcode !== 0x59 && opcode !== 0x50 && opcode !== 0x9d) {
        all.push({ type: 'other', rest: from.take(from.left) })
        break
      }
      from.u8()
      if (opcode === 0x59) all.push({ type: 'file-name', name: bytes16.read(from) })
      else if (opcode === 0x50) all.push({ type: 'file-status', status: partStatus.read(from) })
      else all.push({ type: 'aich-answer', root: hash20.read(from) })
    }
    return all
  },
  write(to, all) {
    for (const each of all) {
      if (each.type === 'other') {
        to.bytes(each.rest)
      } else if (each.type === 'file-name') {
        to.u8(0x59)
        bytes16.write(to, each.name)
      } else if (each.type === 'file-status') {
        to.u8(0x50)
        partStatus.write(to, each.status)
      } else {
        to.u8(0x9d)
        hash20.write(to, each.root)
      }
    }
  },
}
