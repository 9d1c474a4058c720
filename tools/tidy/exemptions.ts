/** What breaks a rule of tidy and may, each with its reason. An exemption that is not used fails. */
export interface Exemption {
  readonly rule: string
  readonly path: string
  readonly reason: string
}

export const EXEMPTIONS: readonly Exemption[] = []
