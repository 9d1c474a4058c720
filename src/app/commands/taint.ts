/** `peerscope taint -- CLIENT-COMMAND`: what a client passes on of what it was told. */
import { execFileSync, spawnSync } from 'node:child_process'
import { protocols } from '../../protocols/index.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { Output } from '../output.ts'
import { type Examined, examine, mustBeInstalled } from '../taint/taint-run.ts'
import { taintText } from './taint-text.ts'

/** The command line, as commander hands it over. */
export interface TaintFlags {
  readonly overlay?: string
  readonly client?: string
  readonly feed?: readonly string[]
  readonly seconds: number
  readonly marks: number
  readonly port: number
  readonly user: string
  readonly write?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/** What is written as JSON. */
export interface TaintReport extends Examined {
  readonly type: 'taint'
  readonly overlay: string
  readonly command: readonly string[]
  /** As its own program says it, where the client is a known one. */
  readonly version: string | undefined
  readonly marks: number
}

const examinable = protocols.filter(({ taint, peer }) => taint !== undefined && peer !== undefined)

export async function taintCommand(words: readonly string[], flags: TaintFlags): Promise<ExitCode> {
  const { card, known, client } = subjectOf(words, flags)
  const channels = card.taint!.fed.map(({ name }) => name)
  const strange = flags.feed?.find((name) => !channels.includes(name))
  if (strange !== undefined) {
    throw new UsageError(`--feed ${strange}: it is fed by ${channels.join(', ')}`)
  }
  const user = userOf(flags.user)
  mustBeInstalled(client.command)
  const abort = new AbortController()
  const stop = () => abort.abort()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const examined = await examine({
    card,
    client,
    user,
    port: flags.port,
    seconds: flags.seconds,
    count: flags.marks,
    signal: abort.signal,
    ...(flags.write !== undefined && { write: flags.write }),
    ...(flags.feed !== undefined && { feed: flags.feed }),
    onNote: (text) => flags.quiet || process.stderr.write(`peerscope: ${text}\n`),
  })
  const report: TaintReport = {
    type: 'taint',
    overlay: card.name,
    command: client.command,
    version: known && versionOf(known.version),
    marks: flags.marks,
    ...examined,
  }
  const output = Output.open('-')
  if (flags.json) output.line(JSON.stringify(report))
  else output.write(taintText(report))
  output.close()
  if (examined.ended === undefined) return EXIT.ok
  process.stderr.write(`peerscope: the client ended with ${examined.ended}:\n${examined.output}\n`)
  return EXIT.failed
}

/** Who is examined, and as what. */
function subjectOf(words: readonly string[], { overlay, client: name }: TaintFlags) {
  const names = examinable.flatMap(({ taint }) => taint!.clients.map((each) => each.name))
  if (name !== undefined) {
    if (words.length > 0) throw new UsageError('either --client or a command')
    for (const card of examinable) {
      const known = card.taint!.clients.find((each) => each.name === name)
      if (known !== undefined) return { card, known, client: known }
    }
    throw new UsageError(`--client ${name}: known are ${names.join(', ')}`)
  }
  if (words.length === 0) {
    throw new UsageError(`no command: say it behind --, or one of --client ${names.join(', ')}`)
  }
  const card = examinable.find((each) => each.name === (overlay ?? examinable[0]!.name))
  if (card === undefined) {
    const overlays = examinable.map((each) => each.name).join(', ')
    throw new UsageError(`--overlay ${overlay}: clients are examined of ${overlays}`)
  }
  return { card, known: undefined, client: { files: {}, command: words } }
}

function userOf(name: string): { uid: number; gid: number } {
  try {
    const id = (which: string) => {
      return Number(execFileSync('id', [which, name], { encoding: 'utf8', stdio: 'pipe' }))
    }
    return { uid: id('-u'), gid: id('-g') }
  } catch (error) {
    throw new UsageError(`--user ${name}: there is no such user`, { cause: error })
  }
}

/** Programs do not agree where to say it, nor whether that is a success. */
function versionOf([program, ...args]: readonly string[]): string | undefined {
  const { stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8' })
  return /\d+(?:\.\d+)+/.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[0]
}
