/**
 * A report to the authors of a client that tells wrong addresses, as Markdown: which client, what was seen,
 * how it was tested, and each message with its frame and the bytes that it should have had.
 */
import { endpointText } from '../../core/address.ts'
import type { Cause } from '../../core/event.ts'
import { countText, shareText } from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import type { Diagnosis } from '../../services/diagnose/diagnose.ts'
import { type Slip, wireBytes } from '../../services/diagnose/slips.ts'
import type { ClientRow } from '../../services/diagnose/spread.ts'

interface Mistake {
  readonly title: string
  readonly what: string
  /** Where such a mistake was found before. */
  readonly where: string
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'byte-order': {
    title: 'IPv4 addresses with their octets reversed, port intact',
    what: 'The four octets of an IPv4 address stand in reverse order; the port is right.',
    where:
      'An address that is in network order already was probably written as a big-endian number, ' +
      'or read as if it had been: KTorrent up to 3.1.5 wrote its peer exchange so (KDE/ktorrent ' +
      '581acd8b7), aMule up to 2.1.3 read source lists so (amule-project/amule 678643a9b).',
  },
  'port-order': {
    title: 'ports with their octets swapped',
    what: 'The two octets of a port stand in reverse order.',
    where:
      'A port that is in host order was probably copied as it stands, as the DHT store of ' +
      'libTorrent (rakshasa) did up to 0.16.22 (issue 950).',
  },
}

/** One report for each client that is blamed for a mistake of a program. */
export function bugReports(diagnoses: readonly Diagnosis[]): string {
  const reports = diagnoses.flatMap((diagnosis) =>
    diagnosis.blame.clients.flatMap((client) => reportOf(diagnosis, client)),
  )
  if (reports.length > 0) return reports.join('\n---\n\n')
  return 'No client is blamed for a mistake that its authors could mend.\n'
}

function reportOf(diagnosis: Diagnosis, client: ClientRow): string[] {
  const slips = diagnosis.slips.filter(({ software }) => software === client.software)
  const hypotheses = [...new Set(slips.map(({ hypothesis }) => hypothesis))]
  return hypotheses.map((hypothesis) => {
    const cause = diagnosis.causes.find((each) => each.hypothesis === hypothesis)!
    const own = slips.filter((slip) => slip.hypothesis === hypothesis)
    return markdown(diagnosis, client, cause, own)
  })
}

function markdown(
  { family, of, blame }: Diagnosis,
  client: ClientRow,
  cause: Cause,
  slips: readonly Slip[],
): string {
  const { title, what, where } = MISTAKES[cause.hypothesis]!
  const does = of === 'told' ? 'tells' : 'calls'
  const others = blame.clients.filter(({ software }) => software !== client.software)
  const rate = { told: 0, bogus: 0 }
  for (const { told, bogus } of others) {
    rate.told += told
    rate.bogus += bogus
  }
  const vias = [...new Set(slips.map(({ told }) => told.via))].sort()
  const lines = [
    `# ${cell(client.software)} ${does} ${title}`,
    '',
    `- Client: ${cell(client.software)}, as it says of itself; ${client.misleading} of ${client.tellers} hosts with it are affected`,
    `- Network: ${family}; ${of === 'told' ? `told by ${vias.map(cell).join(', ')}` : 'seen in whom it calls'}`,
    `- What is wrong: ${what}`,
    `- How much: ${countText(client.bogus)} of ${countText(client.told)} endpoints (${shareText(client.bogus, client.told)}); ` +
      `of all other clients ${countText(rate.bogus)} of ${countText(rate.told)} (p ${chance(client.p)})`,
    `- Where to look: ${where}`,
    '',
    '## How it was tested',
    '',
    shown(cause.text),
    '',
    '| test | tested | live peers |',
    '|---|---|---|',
    `| ${cause.hypothesis} | ${cause.tested} | ${cause.hits} |`,
    ...cause.controls.map(({ name, tested, hits }) => `| control: ${name} | ${tested} | ${hits} |`),
    '',
    '## Evidence',
    '',
    'Address and port in network order, as the message was read; the endpoint that is expected answered as a peer.',
    '',
    `| capture | frame | ${of === 'told' ? 'told' : 'called'} by | channel | seen | | expected | |`,
    '|---|---|---|---|---|---|---|---|',
    ...slips.map(evidenceRow),
    '',
  ]
  return lines.join('\n')
}

function evidenceRow({ told, meant }: Slip): string {
  const { capture, frame, by, via, about } = told
  const cells = [
    ...[capture, String(frame), endpointText(by), via],
    ...[
      endpointText(about),
      `\`${wireBytes(about)}\``,
      endpointText(meant),
      `\`${wireBytes(meant)}\``,
    ],
  ]
  return `| ${cells.map(cell).join(' | ')} |`
}

/** Names of strangers neither end a cell nor make markup. */
function cell(text: string): string {
  return shown(text).replace(/[\\|<>*_[\]]/g, (char) => `\\${char}`)
}

function chance(p: number): string {
  return p < 1e-12 ? '< 1e-12' : p.toPrecision(1)
}
