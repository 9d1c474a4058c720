/** Chosen rows, and what can be done with them. */
import type { FlowRow } from '../../../../core/store.ts'
import { PATHS } from '../../api.ts'
import { fileUrl } from '../ask.ts'
import { useFrame } from '../frame.ts'
import { copy } from '../parts/export-menu.tsx'
import { Menu } from '../parts/menu.tsx'
import { counted } from '../words.ts'

interface SelectionProps {
  readonly chosen: ReadonlySet<string>
  readonly rows: readonly FlowRow[]
  readonly onChosen: (chosen: ReadonlySet<string>) => void
}

export function Selection({ chosen, rows, onChosen }: SelectionProps) {
  const { say } = useFrame()
  const ids = [...chosen]
  const where = `id in (${ids.join(', ')})`
  const isAll = rows.length > 0 && rows.every(({ id }) => chosen.has(id))
  return (
    <div class="selection">
      <button
        type="button"
        onClick={() =>
          onChosen(isAll ? new Set() : new Set([...chosen, ...rows.map(({ id }) => id)]))
        }
      >
        {isAll ? 'Choose none' : 'Choose all shown'}
      </button>
      {ids.length > 0 && (
        <Menu label={counted(ids.length, 'flow chosen', 'flows chosen')} class="to-left">
          {(close) => (
            <>
              <a href={fileUrl(PATHS.packets, { flow: ids })} download onClick={close}>
                pcapng <small>their packets</small>
              </a>
              <a href={fileUrl(PATHS.flowsCsv, { where })} download onClick={close}>
                CSV
              </a>
              <a href={fileUrl(PATHS.flowsJson, { where })} download onClick={close}>
                JSON <small>one flow a line</small>
              </a>
              <a href={fileUrl(PATHS.flowsEve, { where })} download onClick={close}>
                EVE
              </a>
              <button
                type="button"
                onClick={() => {
                  const filter = rows.filter(({ id }) => chosen.has(id)).map(displayFilter)
                  void copy(filter.join(' || ')).then(() => say('Filter copied.'))
                  close()
                }}
              >
                Copy Wireshark filter
              </button>
              <button type="button" onClick={() => onChosen(new Set())}>
                Choose none
              </button>
            </>
          )}
        </Menu>
      )}
    </div>
  )
}

/** One flow in Wireshark's display filter language. */
function displayFilter({ proto, srcIp, srcPort, dstIp, dstPort }: FlowRow): string {
  const ip = srcIp.includes(':') ? 'ipv6' : 'ip'
  const ends = `${ip}.addr==${srcIp} && ${ip}.addr==${dstIp}`
  const carrier = proto.toLowerCase()
  if (carrier !== 'tcp' && carrier !== 'udp') return `(${ends})`
  return `(${ends} && ${carrier}.port==${srcPort} && ${carrier}.port==${dstPort})`
}
