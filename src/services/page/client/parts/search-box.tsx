/** One box for whatever somebody has in hand: an address, a network, a hash, an id. */
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { quoted } from '../../../../core/expression.ts'
import type { Hit } from '../../../../core/store.ts'
import { ask } from '../ask.ts'
import { useFrame } from '../frame.ts'
import type { Change } from '../view.ts'
import { safe } from '../words.ts'

const HITS_MAX = 12
const TYPING_MILLIS = 150

/** Where a hit leads. */
function changeOf({ kind, key }: Hit): Change {
  switch (kind) {
    case 'host':
      return { screen: 'host', key }
    case 'content':
      return { screen: 'swarm', key }
    case 'flow':
      return { screen: 'flows', key: '', where: `id==${quoted(key)}`, open: key }
    case 'network':
      return { screen: 'flows', key: '', where: `host==${key}` }
    case 'client':
      return { screen: 'flows', key: '', where: `software~${quoted(key)}` }
  }
}

const KINDS: Readonly<Record<Hit['kind'], string>> = {
  host: 'Host',
  content: 'Content',
  flow: 'Flow',
  network: 'Network',
  client: 'Software',
}

interface Found {
  readonly hits?: readonly Hit[]
  readonly error?: string
}

/** What is called so; asked when typing pauses. */
function useHits(text: string, came: (count: number) => void): Found {
  const [found, setFound] = useState<Found>({})
  useEffect(() => {
    const wanted = text.trim()
    setFound({})
    if (wanted === '') return
    const controller = new AbortController()
    const timer = setTimeout(() => {
      ask('find', { text: wanted, limit: HITS_MAX }, controller.signal).then(
        (hits) => {
          setFound({ hits })
          came(hits.length)
        },
        ({ message }: Error) => controller.signal.aborted || setFound({ error: message }),
      )
    }, TYPING_MILLIS)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [text])
  return found
}

export function SearchBox() {
  const { go, say } = useFrame()
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(-1)
  const [isOpen, setOpen] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  const { hits, error } = useHits(text, (count) => {
    setChosen(count === 0 ? -1 : 0)
    say(count === 0 ? 'Nothing found.' : `${count} found.`)
  })
  const take = (hit: Hit) => {
    go(changeOf(hit))
    setText('')
    setOpen(false)
    input.current?.blur()
  }
  const keys = (event: KeyboardEvent) => {
    const count = hits?.length ?? 0
    if (event.key === 'ArrowDown' && count > 0) setChosen((chosen + 1) % count)
    else if (event.key === 'ArrowUp' && count > 0) setChosen((chosen + count - 1) % count)
    else if (event.key === 'Enter' && hits?.[chosen]) take(hits[chosen])
    else if (event.key === 'Escape') text === '' ? input.current?.blur() : setText('')
    else return
    event.preventDefault()
  }
  const isShown = isOpen && text.trim() !== ''
  return (
    <search class="search">
      <input
        ref={input}
        role="combobox"
        aria-label="Search: address, network, hash, peer id, flow id, community id"
        aria-expanded={isShown}
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={isShown && chosen >= 0 ? `${id}-${chosen}` : undefined}
        placeholder="Address, network, hash, peer id, flow …"
        data-key="search"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={keys}
      />
      <span class="key-hint" aria-hidden="true">
        /
      </span>
      <div class="search-box" hidden={!isShown}>
        <Hits id={id} hits={hits ?? []} chosen={chosen} take={take} />
        <Note hits={hits} error={error} />
      </div>
    </search>
  )
}

interface NoteProps {
  readonly hits: readonly Hit[] | undefined
  readonly error: string | undefined
}

function Note({ hits, error }: NoteProps) {
  if (error !== undefined) return <p class="search-note">{error}</p>
  if (hits === undefined) return <p class="search-note">Searching …</p>
  if (hits.length > 0) return null
  return (
    <p class="search-note">
      Nothing stored is called so. Known are addresses, networks such as 10.0.0.0/8, hashes in hex
      or base32, peer ids, flow ids such as 1.42, community ids, and names.
    </p>
  )
}

interface HitsProps {
  readonly id: string
  readonly hits: readonly Hit[]
  readonly chosen: number
  readonly take: (hit: Hit) => void
}

function Hits({ id, hits, chosen, take }: HitsProps) {
  return (
    <div role="listbox" id={id} aria-label="What was found">
      {hits.map((hit, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys
        <div
          key={`${hit.kind} ${hit.key}`}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          class="hit"
          // The input would lose the focus, and the list would close before the click.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => take(hit)}
        >
          <span class="hit-kind">{KINDS[hit.kind]}</span>
          <span class="hit-title">{safe(hit.title)}</span>
          <span class="hit-note">{safe(hit.note)}</span>
        </div>
      ))}
    </div>
  )
}
