/** `peerscope taint -- CLIENT-COMMAND`: what a client passes on of what it was told. */
import { execFileSync, spawnSync } from 'node:child_process'
import { shown } from '../../core/text.ts'
import { protocols } from '../../protocols/index.ts'
import type { AnswerFormat } from '../choices.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { warn } from '../notes.ts'
import { Output } from '../output.ts'
import { onStopSignal } from '../stop-signal.ts'
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
  readonly format: AnswerFormat
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

/** Of what a client wrote before it ended. */
const LAST_LINES = 12

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
  onStopSignal(() => abort.abort())
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
    onNote: (text) => flags.quiet || warn(text),
  })
  const report: TaintReport = {
    type: 'taint',
    overlay: card.name,
    command: client.command,
    version: known && versionOf(known.version),
    marks: flags.marks,
    ...examined,
  }
  if (examined.ended !== undefined) warn(endText(examined))
  const output = Output.open('-')
  if (flags.format === 'json') output.line(JSON.stringify(report))
  else if (examined.ended === undefined || saysSomething(examined)) output.write(taintText(report))
  output.close()
  return examined.ended === undefined ? EXIT.ok : EXIT.failed
}

/** How it failed, and what it said last. */
function endText({ ended, output, seconds }: Examined): string {
  const lines = output.split('\n').map((line) => shown(line.trimEnd()))
  const last = lines.filter((line) => line !== '').slice(-LAST_LINES)
  const how = `the client ended with ${ended} after ${seconds} s`
  return last.length === 0 ? `${how}, and wrote nothing` : `${how}:\n${last.join('\n')}`
}

/** Of a client that failed at once there is nothing to tell. */
function saysSomething({ fed, told, strangeCount }: Examined): boolean {
  return told.length > 0 || strangeCount > 0 || fed.some((row) => row.fed > 0 || row.called > 0)
}

/** Who is examined, and as what. */
function subjectOf(words: readonly string[], { overlay, client: name }: TaintFlags) {
  const names = examinable.flatMap(({ taint }) => taint!.clients.map((each) => each.name))
  if (name !== undefined) {
    if (words.length > 0) throw new UsageError('either --client or a command')
    for (const card of examinable) {
      const known = card.taint!.clients.find((each) => each.name === name)
      if (known === undefined) continue
      if (overlay !== undefined && overlay !== card.name) {
        throw new UsageError(
          `--client ${name} speaks ${card.name}: --overlay ${overlay} is another`,
        )
      }
      return { card, known, client: known }
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
