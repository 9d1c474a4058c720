/** Name, screens, search, what is looked at, theme, help. */
import { useState } from 'preact/hooks'
import type { Run } from '../../../../core/store.ts'
import { useFrame, useHref } from '../frame.ts'
import { SCREEN_LIST } from '../screens/index.tsx'
import { chooseTheme, storedTheme, THEMES, type Theme } from '../theme.ts'
import { clockText, dayText, safe } from '../words.ts'
import { SearchBox } from './search-box.tsx'

interface TopBarProps {
  readonly runs: readonly Run[]
  readonly openHelp: () => void
}

export function TopBar({ runs, openHelp }: TopBarProps) {
  const { view } = useFrame()
  const href = useHref()
  return (
    <header class="top">
      <a class="brand" href={href({ screen: 'now', key: '' })}>
        <Mark />
        Peerscope
      </a>
      <nav class="screens" aria-label="Screens">
        {SCREEN_LIST.map(({ name, title }) => (
          <a
            key={name}
            href={href({ screen: name, key: '' })}
            aria-current={view.screen === name && view.missing === undefined ? 'page' : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <SearchBox />
      {runs.length > 1 && <RunChoice runs={runs} />}
      <ThemeChoice />
      <button
        type="button"
        class="quiet"
        onClick={openHelp}
        aria-label="Keyboard and help"
        title="Keyboard and help (?)"
      >
        ?
      </button>
    </header>
  )
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <circle cx="14" cy="14" r="9.5" class="mark-lens" />
      <path d="M21 21 28 28" class="mark-grip" />
      <path d="M10.3 17.2 14 9.8l3.7 7.4z" class="mark-links" />
      <circle cx="14" cy="9.8" r="2" class="mark-peer" />
      <circle cx="10.3" cy="17.2" r="2" class="mark-peer" />
      <circle cx="17.7" cy="17.2" r="2" class="mark-peer" />
    </svg>
  )
}

function RunChoice({ runs }: { readonly runs: readonly Run[] }) {
  const { view, go } = useFrame()
  return (
    <select
      class="run-choice"
      aria-label="Capture or interface"
      value={view.run ?? ''}
      onChange={({ currentTarget: { value } }) =>
        go({
          run: value === '' ? undefined : Number(value),
          span: undefined,
          last: undefined,
          page: 0,
        })
      }
    >
      <option value="">All captures</option>
      {runs.map(({ run, source, startedMicros }) => (
        <option key={run} value={run}>
          {safe(source)} · {dayText(startedMicros)} {clockText(startedMicros).slice(0, 5)}
        </option>
      ))}
    </select>
  )
}

const THEME_SIGNS: Readonly<Record<Theme, string>> = { system: '◐', light: '☀', dark: '☾' }
const THEME_WORDS: Readonly<Record<Theme, string>> = {
  system: 'as the system',
  light: 'light',
  dark: 'dark',
}

function nextTheme(): Theme {
  return THEMES[(THEMES.indexOf(storedTheme()) + 1) % THEMES.length]!
}

function ThemeChoice() {
  const [theme, setTheme] = useState(storedTheme)
  const label = `Theme: ${THEME_WORDS[theme]}`
  return (
    <button
      type="button"
      class="quiet"
      data-key="theme"
      aria-label={label}
      title={label}
      onClick={() => {
        chooseTheme(nextTheme())
        setTheme(storedTheme())
      }}
    >
      <span aria-hidden="true">{THEME_SIGNS[theme]}</span>
    </button>
  )
}
