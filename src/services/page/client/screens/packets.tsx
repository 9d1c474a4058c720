/** Packets of a flow in hex and letters, where their bytes are still at hand. */
import { useState } from 'preact/hooks'
import type { PacketRow } from '../../api.ts'
import { useAnswer } from '../frame.ts'
import { Answered } from '../parts/basic.tsx'
import { clockText, counted, countText } from '../words.ts'
import { hexLines } from './hex.ts'

const PAGE = 20

interface PacketsProps {
  readonly flow: string
  readonly frame: number | undefined
}

export function Packets({ flow, frame }: PacketsProps) {
  const [isOpen, setOpen] = useState(frame !== undefined)
  const [limit, setLimit] = useState(PAGE)
  const packets = useAnswer('bytes', isOpen ? { flow, limit } : undefined)
  return (
    <section class="panel-part">
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <h3>Packets in hex</h3>
        </summary>
        {isOpen && (
          <Answered of={packets} missing={<NotKept />} what="the packets">
            {({ rows, total }) =>
              total === 0 ? (
                <NotKept />
              ) : (
                <>
                  <ol class="packets">
                    {rows.map((row) => (
                      <Packet key={row.frame} row={row} isAsked={row.frame === frame} />
                    ))}
                  </ol>
                  {rows.length < total && (
                    <button type="button" onClick={() => setLimit(limit + 5 * PAGE)}>
                      Show more of {countText(total)}
                    </button>
                  )}
                </>
              )
            }
          </Answered>
        )}
      </details>
    </section>
  )
}

function NotKept() {
  return (
    <p class="muted">
      Their bytes are not at hand: start with --keep-packets, or read the capture from its file.
    </p>
  )
}

function Packet({ row, isAsked }: { readonly row: PacketRow; readonly isAsked: boolean }) {
  const [isOpen, setOpen] = useState(isAsked)
  return (
    <li class={isAsked ? 'asked' : undefined}>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class="side" aria-hidden="true">
            {row.side === 0 ? '→' : '←'}
          </span>
          <span class="hidden">{row.side === 0 ? 'from the opener' : 'from the other'}</span>
          frame {row.frame}
          <span class="message-at">
            {clockText(row.micros)} · {counted(row.size, 'byte')}
          </span>
        </summary>
        {isOpen && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          <pre class="hex" tabIndex={0}>
            {hexLines(row.hex).join('\n')}
          </pre>
        )}
      </details>
    </li>
  )
}
