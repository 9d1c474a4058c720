/** For tests that need other programs. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
