/** What a store can be asked of a wall's decisions. Part of the questions of store.ts. */
import type { Decision } from './event.ts'
import type { StoredRef } from './store.ts'

export interface DecisionRow extends Omit<Decision, 'type' | 'flow'>, StoredRef {
  /** `RUN.FLOW` */
  readonly flow: string
}

/** What a rule did. */
export interface DecidedRow extends Pick<Decision, 'rule' | 'action' | 'how'> {
  readonly decisions: number
  readonly flows: number
  /** Hosts of ours. */
  readonly hosts: number
  readonly lastMicros: number
}
