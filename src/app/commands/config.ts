/** `peerscope config check`, `peerscope config schema`. */
import { Document, isCollection, isMap, isScalar, isSeq, type Scalar } from 'yaml'
import {
  ConfigError,
  type ConfigFlags,
  configSchema,
  type KnownConfig,
  readWithOrigins,
} from '../config/config.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { warn } from '../notes.ts'
import { Output } from '../output.ts'

/** The configuration as it holds, with all defaults; beside each value, who said it. Or every slip. */
export function configCheckCommand(flags: ConfigFlags): ExitCode {
  try {
    return written(annotated(readWithOrigins(flags)))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const text of error.texts) warn(text)
    return EXIT.usage
  }
}

export function configSchemaCommand(): ExitCode {
  return written(`${JSON.stringify(configSchema(), undefined, 2)}\n`)
}

/** YAML with a comment after each value. */
function annotated({ config, originOf }: KnownConfig): string {
  const document = new Document(config)
  note(document.contents, [])
  // An empty collection with a comment is put below its key, and the comment below that.
  return document.toString().replace(/\n +(\[\]|\{\})\n +(# .*)$/gm, ' $1 $2')

  function note(node: unknown, path: readonly (string | number)[]): void {
    if (isMap<Scalar>(node))
      for (const { key, value } of node.items) note(value, [...path, String(key.value)])
    if (isSeq(node)) for (const [i, item] of node.items.entries()) note(item, [...path, i])
    const isBare = isScalar(node) || (isCollection(node) && node.items.length === 0)
    if (isBare) node.comment = ` ${originOf(path)}`
  }
}

function written(text: string): ExitCode {
  const output = Output.open('-')
  output.write(text)
  output.close()
  return EXIT.ok
}
