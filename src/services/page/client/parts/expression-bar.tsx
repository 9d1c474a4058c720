/** Flows are chosen by an expression; completion teaches it, and an error says what and where. */
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { parseExpression } from '../../../../core/expression.ts'
import type { Facet } from '../../../../core/store.ts'
import { counted } from '../words.ts'
import { type Known, type Suggestion, suggestions } from './completion.ts'

interface ExpressionBarProps {
  readonly where: string
  readonly facets: readonly Facet[] | undefined
  readonly onWhere: (where: string) => void
}

/** The text that is being written, what may follow it, and which of that is chosen. */
function useWriting({ where, facets, onWhere }: ExpressionBarProps) {
  const [text, setText] = useState(where)
  const [cursor, setCursor] = useState(where.length)
  const [isOpen, setOpen] = useState(false)
  const [chosen, setChosen] = useState(-1)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => setText(where), [where])
  const offered = isOpen ? suggestions(text, cursor, knownOf(facets)) : []
  const edit = (value: string, at: number) => {
    setText(value)
    setCursor(at)
    setChosen(-1)
    setOpen(true)
  }
  const take = ({ text: put, from }: Suggestion) => {
    const end = from + put.length
    edit(text.slice(0, from) + put + text.slice(cursor), end)
    requestAnimationFrame(() => input.current?.setSelectionRange(end, end))
  }
  const apply = () => {
    setOpen(false)
    if (parseExpression(text).error === undefined) onWhere(text.trim())
  }
  const clear = () => {
    setText('')
    onWhere('')
    input.current?.focus()
  }
  const keys = (event: KeyboardEvent) => {
    const count = offered.length
    const one = offered[chosen]
    if (event.key === 'ArrowDown' && count > 0) setChosen((chosen + 1) % count)
    else if (event.key === 'ArrowUp' && count > 0)
      setChosen((Math.max(0, chosen) + count - 1) % count)
    else if (event.key === 'Enter') one === undefined ? apply() : take(one)
    else if (event.key === 'Tab' && one !== undefined) take(one)
    else if (event.key === 'Escape') count > 0 ? setOpen(false) : input.current?.blur()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return {
    text,
    setCursor,
    isOpen,
    setOpen,
    chosen,
    input,
    offered,
    edit,
    take,
    apply,
    clear,
    keys,
  }
}

export function ExpressionBar(props: ExpressionBarProps) {
  const writing = useWriting(props)
  const { text, offered, chosen, apply, clear } = writing
  const id = useId()
  const parsed = parseExpression(text)
  const failure = parsed.error === undefined ? undefined : parsed
  const isAsked = text.trim() === props.where.trim()
  return (
    <div class="expression">
      <div class={`expression-field ${failure ? 'wrong' : ''}`}>
        <label for={`${id}-input`}>Flows where</label>
        <Field id={id} writing={writing} isWrong={failure !== undefined} />
        {text !== '' && (
          <button type="button" class="quiet" onClick={clear} aria-label="Take the expression away">
            ✕
          </button>
        )}
        <button
          type="button"
          class={isAsked || failure !== undefined ? '' : 'primary'}
          onClick={apply}
          disabled={isAsked || failure !== undefined}
        >
          Apply
        </button>
      </div>
      <Offered id={id} offered={offered} chosen={chosen} take={writing.take} />
      {failure !== undefined && (!writing.isOpen || offered.length === 0) && (
        <ExpressionError id={`${id}-error`} text={text} error={failure.error} at={failure.at} />
      )}
    </div>
  )
}

interface FieldProps {
  readonly id: string
  readonly writing: ReturnType<typeof useWriting>
  readonly isWrong: boolean
}

function Field({ id, writing, isWrong }: FieldProps) {
  const { text, input, offered, chosen, edit, keys, setCursor, setOpen } = writing
  return (
    <input
      ref={input}
      id={`${id}-input`}
      role="combobox"
      aria-expanded={offered.length > 0}
      aria-controls={id}
      aria-autocomplete="list"
      aria-activedescendant={chosen >= 0 ? `${id}-${chosen}` : undefined}
      aria-invalid={isWrong}
      aria-describedby={isWrong ? `${id}-error` : undefined}
      data-key="expression"
      placeholder="family==…  &&  host==10.0.0.0/8  &&  sureness>=likely"
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      value={text}
      onInput={({ currentTarget: { value, selectionStart } }) => edit(value, selectionStart ?? 0)}
      onClick={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
      onFocus={() => setOpen(true)}
      onBlur={() => setOpen(false)}
      onKeyDown={keys}
      onKeyUp={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
    />
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
      values.map(({ value, flows }) => ({ value, note: counted(flows, 'flow') })),
    ]),
  )
}
