/** Names of programs, of which the same one may be told in several ways. */

/** The micro sign and the Greek letter look the same: one program must not be told as two. */
export function withOneMu(name: string): string {
  return name.replaceAll('\u00b5', '\u03bc')
}

/** A program that is also there with its version is the same one: `aria2`, `aria2 1.36.0`. */
export function programsIn(names: readonly string[]): readonly string[] {
  const isVersionOf = (name: string, other: string) =>
    other.startsWith(`${name} `) && /^v?\d/.test(other.slice(name.length + 1))
  return names.filter((name) => !names.some((other) => isVersionOf(name, other)))
}
