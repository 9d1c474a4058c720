/** The captures of this folder, and which of their flows can be anybody's. */
import { treePaths } from '../../tools/tree.ts'

/** Paths from the root of the repository. */
export const FIXTURES = treePaths().filter((path) =>
  /^test\/negatives\/fixtures\/.+\.pcap$/.test(path),
)
