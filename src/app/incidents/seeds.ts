/** Names that clients are born with. */
import { protocols } from '../../protocols/index.ts'

/** What a name is known as to those who wrote it into their clients; names below it are meant as well. */
export function seedOf(name: string): string | undefined {
  for (const { seeds = [] } of protocols) {
    const seed = seeds.find((each) => name === each.name || name.endsWith(`.${each.name}`))
    if (seed !== undefined) return seed.what
  }
  return undefined
}
