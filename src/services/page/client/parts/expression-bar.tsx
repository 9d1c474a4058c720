/** Flows are chosen by an expression; completion teaches it, and an error says what and where. */
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { parseExpression } from '../../../../core/expression.ts'
import type { Facet } from '../../../../core/store.ts'
import { countText } from '../words.ts'
import { type Known, type Suggestion, suggestions } from './completion.ts'

interface ExpressionBarProps {
  readonly where: string
  readonly facets: readonly Facet[] | undefined
  readonly onWhere: (where: string) => void
}

export function ExpressionBar({ where, facets, onWhere }: ExpressionBarProps) {
  const [text, setText] = useState(where)
  const [cursor, setCursor] = useState(where.length)
  const [isOpen, setOpen] = useState(false)
  const [chosen, setChosen] = useState(-1)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  useEffect(() => setText(where), [where])
  const offered = isOpen ? suggestions(text, cursor, knownOf(facets)) : []
  const parsed = parseExpression(text)
  const failure = parsed.error === undefined ? undefined : parsed
  const isAsked = text.trim() === where.trim()
  const edit = (value: string, at: number) => {
    setText(value)
    setCursor(at)
    setChosen(-1)
    setOpen(true)
  }
  const take = ({ text: put, from }: Suggestion) => {
    const next = text.slice(0, from) + put + text.slice(cursor)
    edit(next, from + put.length)
    requestAnimationFrame(() =>
      input.current?.setSelectionRange(from + put.length, from + put.length),
    )
  }
  const apply = () => {
    setOpen(false)
    if (parseExpression(text).error === undefined) onWhere(text.trim())
  }
  const keys = (event: KeyboardEvent) => {
    const count = offered.length
    if (event.key === 'ArrowDown' && count > 0) setChosen((chosen + 1) % count)
    else if (event.key === 'ArrowUp' && count > 0)
      setChosen((chosen + count - (chosen < 0 ? 0 : 1)) % count)
    else if (event.key === 'Enter') chosen >= 0 && offered[chosen] ? take(offered[chosen]) : apply()
    else if (event.key === 'Tab' && chosen >= 0 && offered[chosen]) take(offered[chosen])
    else if (event.key === 'Escape' && isOpen && count > 0) setOpen(false)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div class="expression">
      <div class={`expression-field ${failure ? 'wrong' : ''}`}>
        <label for={`${id}-input`}>Flows where</label>
        <input
          ref={input}
          id={`${id}-input`}
          role="combobox"
          aria-expanded={offered.length > 0}
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={chosen >= 0 ? `${id}-${chosen}` : undefined}
          aria-invalid={failure !== undefined}
          aria-describedby={failure === undefined ? undefined : `${id}-error`}
          data-key="expression"
          placeholder="family==…  &&  host==10.0.0.0/8  &&  sureness>=likely"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={text}
          onInput={(event) =>
            edit(event.currentTarget.value, event.currentTarget.selectionStart ?? 0)
          }
          onClick={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={keys}
          onKeyUp={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
        />
        {text !== '' && (
          <button
            type="button"
            class="quiet"
            onClick={() => onWhere('')}
            aria-label="Take the expression away"
          >
            ✕
          </button>
        )}
        <button
          type="button"
          class={isAsked ? '' : 'primary'}
          onClick={apply}
          disabled={isAsked || failure !== undefined}
        >
          Apply
        </button>
      </div>
      <Offered id={id} offered={offered} chosen={chosen} take={take} />
      {failure !== undefined && (!isOpen || offered.length === 0) && (
        <ExpressionError id={`${id}-error`} text={text} error={failure.error} at={failure.at} />
      )}
    </div>
  )
}

interface OfferedProps {
  readonly id: string
  readonly offered: readonly Suggestion[]
  readonly chosen: number
  readonly take: (suggestion: Suggestion) => void
}

function Offered({ id, offered, chosen, take }: OfferedProps) {
  return (
    <div
      role="listbox"
      id={id}
      class="offered"
      aria-label="What may come next"
      hidden={offered.length === 0}
    >
      {offered.map((suggestion, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys
        <div
          key={suggestion.text}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          class="offer"
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => take(suggestion)}
        >
          <code>{suggestion.text.trim()}</code>
          <span>{suggestion.note}</span>
        </div>
      ))}
    </div>
  )
}

interface ExpressionErrorProps {
  readonly id: string
  readonly text: string
  readonly error: string
  readonly at: number
}

/** The text once more, with a mark where reading stopped. */
function ExpressionError({ id, text, error, at }: ExpressionErrorProps) {
  const rest = text.slice(at)
  const word = /^\S+/.exec(rest)?.[0] ?? ' '
  return (
    <p class="expression-error" id={id}>
      <code>
        {text.slice(0, at)}
        <mark>{word}</mark>
        {rest.slice(word.length)}
      </code>
      <span>
        At character {at + 1}: {error}
      </span>
    </p>
  )
}

function knownOf(facets: readonly Facet[] | undefined): Known {
  return new Map(
    (facets ?? []).map(({ field, values }) => [
      field,
      values.map(({ value, flows }) => ({ value, note: `${countText(flows)} flows` })),
    ]),
  )
}
