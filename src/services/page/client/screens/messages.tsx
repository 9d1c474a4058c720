/** Decoded messages of a flow as a tree: fields open where they hold more. */
import { useState } from 'preact/hooks'
import type { Json } from '../../../../core/event.ts'
import type { MessageRow } from '../../../../core/store.ts'
import { useAnswer, useHref } from '../frame.ts'
import { Answered } from '../parts/basic.tsx'
import { clockText, countText, safe } from '../words.ts'

const PAGE = 50
/** Longer lists are opened piece by piece. */
const ITEMS_MAX = 100
const TEXT_MAX = 400

interface MessagesProps {
  readonly flow: string
  readonly total: number
  /** The one that was asked for is open and marked. */
  readonly frame: number | undefined
}

export function Messages({ flow, total, frame }: MessagesProps) {
  const [limit, setLimit] = useState(PAGE)
  const messages = useAnswer('messages', { flow, limit })
  if (total === 0) {
    return (
      <section class="panel-part">
        <h3>Messages</h3>
        <p class="muted">
          None was decoded: the flow is encrypted, or its family has no readable messages.
        </p>
      </section>
    )
  }
  return (
    <section class="panel-part">
      <h3>
        Messages <small class="muted">{countText(total)}</small>
      </h3>
      <Answered of={messages} what="the messages">
        {({ rows, total: all }) => (
          <>
            <ol class="messages">
              {rows.map((row, index) => (
                <Message key={`${row.frame} ${index}`} row={row} isAsked={row.frame === frame} />
              ))}
            </ol>
            {frame !== undefined && !rows.some((row) => row.frame === frame) && (
              <p class="muted">Frame {frame} holds none of these messages.</p>
            )}
            {rows.length < all && (
              <button type="button" onClick={() => setLimit(limit + 4 * PAGE)}>
                Show more of {countText(all)}
              </button>
            )}
          </>
        )}
      </Answered>
    </section>
  )
}

function Message({ row, isAsked }: { readonly row: MessageRow; readonly isAsked: boolean }) {
  const [isOpen, setOpen] = useState(isAsked)
  return (
    <li class={isAsked ? 'asked' : undefined}>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class="side" title={row.side === 0 ? 'from the opener' : 'from the other'}>
            <span aria-hidden="true">{row.side === 0 ? '→' : '←'}</span>
            <span class="hidden">{row.side === 0 ? 'from the opener' : 'from the other'}</span>
          </span>
          <span class="message-name">{safe(row.name)}</span>
          <span class="muted">{safe(row.log)}</span>
          <span class="message-at">
            {clockText(row.micros)} · frame {row.frame}
          </span>
        </summary>
        {isOpen && <Fields value={row.fields} />}
      </details>
    </li>
  )
}

function Fields({ value }: { readonly value: Json }) {
  const entries: readonly (readonly [string, Json])[] = Array.isArray(value)
    ? value.map((item: Json, index) => [String(index), item] as const)
    : Object.entries(value as { readonly [key: string]: Json })
  if (entries.length === 0) return <p class="muted">empty</p>
  return (
    <ul class="fields">
      {entries.slice(0, ITEMS_MAX).map(([key, item]) => (
        <li key={key}>
          <Field name={key} value={item} />
        </li>
      ))}
      {entries.length > ITEMS_MAX && (
        <li class="muted">and {countText(entries.length - ITEMS_MAX)} more</li>
      )}
    </ul>
  )
}

function Field({ name, value }: { readonly name: string; readonly value: Json }) {
  const [isOpen, setOpen] = useState(false)
  const href = useHref()
  if (typeof value === 'object' && value !== null) {
    const size = Array.isArray(value) ? value.length : Object.keys(value).length
    return (
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class="field-name">{safe(name)}</span>{' '}
          <span class="muted">{Array.isArray(value) ? `list of ${size}` : `${size} fields`}</span>
        </summary>
        {isOpen && <Fields value={value} />}
      </details>
    )
  }
  const text = safe(String(value))
  const isContent = typeof value === 'string' && value.startsWith('urn:')
  return (
    <>
      <span class="field-name">{safe(name)}</span>{' '}
      {isContent ? (
        <a class="field-value" href={href({ screen: 'swarm', key: value })}>
          {text}
        </a>
      ) : (
        <span class={`field-value ${typeof value}`}>
          {text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)} …` : text}
        </span>
      )}
    </>
  )
}
