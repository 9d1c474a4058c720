/** `peerscope honeynet --dark 10.99.0.0/16`: who calls where nobody is, and what he wants. */
import type { Event } from '../../core/event.ts'
import { countText, manyText } from '../../core/figures.ts'
import { Contacts } from '../../services/incidents/contacts.ts'
import { DarkSpace } from '../../services/incidents/dark-space.ts'
import { Incidents } from '../../services/incidents/incidents.ts'
import { Radiation } from '../../services/incidents/radiation.ts'
import type { FormatName } from '../choices.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { HoneynetPage, type HoneynetPageFlags } from '../honeynet/honeynet-page.ts'
import { HoneynetRun } from '../honeynet/honeynet-run.ts'
import { isOwn } from '../honeynet/own.ts'
import { darkPrefix } from '../honeynet/prefix.ts'
import { Wishes } from '../honeynet/wishes.ts'
import { warn } from '../notes.ts'
import { mustHavePage } from '../serve/token.ts'
import { stopSignal } from '../stop-signal.ts'
import { Judge } from './formats.ts'
import { NEIGHBOURS } from './measuring.ts'
import { openFormat } from './read.ts'

/** The command line, as commander hands it over. */
export interface HoneynetFlags extends HoneynetPageFlags {
  readonly dark: string
  readonly iOwnIt?: boolean
  readonly tun: string
  readonly rate?: number
  readonly write?: string
  readonly content?: readonly string[]
  readonly format: FormatName
  readonly duration?: number
  readonly lineBuffered?: boolean
  readonly color: boolean
}

/** Lines wait no longer than this for others. */
const FLUSH_MS = 500

export async function honeynetCommand(flags: HoneynetFlags): Promise<ExitCode> {
  mustHavePage(flags)
  const prefix = darkPrefix(flags.dark, flags.iOwnIt === true)
  const { lineBuffered, color } = flags
  const judge = new Judge()
  const format = openFormat(
    flags.format,
    { color, verbose: 0, ...(lineBuffered !== undefined && { lineBuffered }) },
    true,
  )
  const dark = DarkSpace.of([prefix.text]) as DarkSpace
  const isDark = (ip: string) => dark.has(ip)
  const consume = (event: Event) => {
    if (isOwn(event, isDark)) return
    if (event.type !== 'message') judge.consume(event)
    format.consume(event)
  }
  const incidents = new Incidents(consume)
  const contacts = new Contacts(incidents, new Radiation(), dark, NEIGHBOURS)
  let page: HoneynetPage | undefined
  const take = (event: Event) => {
    consume(event)
    if (isOwn(event, isDark)) return
    contacts.consume(event)
    page?.consume(event)
  }
  const wishes = new Wishes(flags.content ?? [], take)
  const stopped = stopSignal()
  const run = new HoneynetRun(
    {
      prefix,
      wishes,
      tun: flags.tun,
      ...(flags.write !== undefined && { write: flags.write }),
      ...(flags.rate !== undefined && { answersMax: flags.rate }),
    },
    (event) => {
      take(event)
      if (!isOwn(event, isDark)) wishes.see(event)
    },
  )
  if (flags.listen !== undefined) page = await HoneynetPage.open(flags, prefix.text, run)
  if (!flags.quiet) warn(`${prefix.text} answers on ${flags.tun}`)
  const stop = () => run.stop()
  void stopped.then(stop)
  const timers = [setInterval(() => format.flush?.(), FLUSH_MS)]
  if (flags.duration !== undefined) timers.push(setTimeout(stop, 1000 * flags.duration))
  const totals = await run.run()
  for (const timer of timers) clearInterval(timer)
  incidents.finish()
  await page?.close()
  const { counts } = run
  if (counts.givenWay > 0) {
    const micros = totals.lastMicros ?? 0
    consume({ type: 'limit', limit: 'honeynetConnectionsMax', count: counts.givenWay, micros })
  }
  const conclusion = judge.conclude(totals)
  const verdicts = conclusion.verdicts.filter((verdict) => !isOwn(verdict, isDark))
  const listed = verdicts.slice(0, format.verdictsMax)
  format.finish({ ...conclusion, verdicts: listed, hostCount: verdicts.length })
  if (!flags.quiet) warn(toldOf(run))
  if (run.unread > 0) {
    warn(
      `${countText(run.unread)} packets were answered and not read, since more came than could be`,
    )
  }
  return EXIT.ok
}

function toldOf({ counts }: HoneynetRun): string {
  const { received, syns, connections, connectionsAnswered, rateLimited } = counts
  return (
    `${manyText(received, 'packet')}; ${manyText(syns, 'SYN')}; ${countText(connectionsAnswered)} of ` +
    `${countText(connections)} connections and ${countText(counts.datagramsAnswered)} of ` +
    `${countText(counts.datagrams)} datagrams answered; ${manyText(rateLimited, 'answer')} kept back`
  )
}
