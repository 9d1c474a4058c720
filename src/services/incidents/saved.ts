/** What a search for incidents keeps between two runs, piece by piece: each is one line of a file. */
import type { LimitName } from '../../core/limits.ts'
import type { AddressKey } from './keys.ts'
import type { SavedWatched } from './scans.ts'
import type { SavedFinished, SavedTarget } from './target.ts'

export type SavedPiece =
  | {
      readonly kind: 'clock'
      /** Null: no step was taken yet. */
      readonly nextStep: number | null
      readonly micros: number
      readonly forgotten: number
      readonly dropped: number
      readonly watchedForgotten: number
      readonly sketchesRefused: number
      readonly told: readonly (readonly [LimitName, number])[]
    }
  | {
      readonly kind: 'address'
      readonly family: string
      readonly key: AddressKey
      readonly moved: number
      readonly ports: readonly SavedTarget[]
      readonly over: readonly SavedFinished[]
    }
  /** Of addresses with open incidents, in the order in which these began. */
  | { readonly kind: 'open'; readonly name: string }
  | { readonly kind: 'watched'; readonly watched: SavedWatched }
