/** How contents are named: there is no standard name for either. */

/** What peers call a broadcast or film among themselves: eight bytes. */
export function urnOfId(id: string): string {
  return `urn:x-peerscope:ppstream:id:${id}`
}

/** Sixteen bytes and four zeros, once told beside the id. Of what it is the hash is not known. */
export function urnOfContent(content: string): string {
  return `urn:x-peerscope:ppstream:${content.slice(0, 32)}`
}
