/** `peerscope config check`, `peerscope config schema`. */
import { stringify } from 'yaml'
import { configSchema, readConfig } from '../config/config.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { Output } from '../output.ts'

/** The configuration as it holds, with all defaults. */
export function configCheckCommand(file: string | undefined): ExitCode {
  const config = readConfig(file)
  return written(stringify(config))
}

export function configSchemaCommand(): ExitCode {
  return written(`${JSON.stringify(configSchema(), undefined, 2)}\n`)
}

function written(text: string): ExitCode {
  const output = Output.open('-')
  output.write(text)
  output.close()
  return EXIT.ok
}
