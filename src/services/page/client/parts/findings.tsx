/** What was found, the worst first: each with its reason and the frame that shows it. */
import type { ThreatRow } from '../../../../core/store.ts'
import { useHref } from '../frame.ts'
import { safe } from '../words.ts'
import { Moment, SeverityMark } from './basic.tsx'
import { compared } from './completion.ts'
import { HostLink } from './host-name.tsx'

interface FindingsProps {
  readonly rows: readonly ThreatRow[]
  /** Where they are of several hosts, each is named. */
  readonly hasHosts?: boolean
}

export function FindingList({ rows, hasHosts = false }: FindingsProps) {
  const href = useHref()
  return (
    <ul class="findings">
      {rows.map((row) => (
        <li key={`${row.run} ${row.frame} ${row.threat} ${row.by}`}>
          <p class="finding-head">
            <SeverityMark severity={row.severity} />
            <a
              href={href({
                screen: 'flows',
                key: '',
                where: compared('id', '==', row.flow),
                open: row.flow,
                frame: row.frame,
              })}
            >
              {safe(row.threat)}
            </a>
            <Moment micros={row.micros} short />
          </p>
          <p>
            {safe(row.why)} {hasHosts && <HostLink ip={row.by} />}
          </p>
        </li>
      ))}
    </ul>
  )
}
