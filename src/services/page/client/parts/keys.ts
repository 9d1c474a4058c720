/**
 * One-key shortcuts. They are silent while somebody types, and can be switched off (WCAG 2.1.4): who
 * speaks to the computer would otherwise press them by speaking.
 */
import { useEffect, useRef } from 'preact/hooks'
import type { Frame } from '../frame.ts'
import { SCREEN_LIST } from '../screens/index.tsx'
import { read } from '../theme.ts'
import type { Help } from './help.tsx'

export const SHORTCUTS_KEY = 'peerscope-shortcuts'

/** The second key of `g …` must come soon. */
const PAIR_MILLIS = 1500

/** key → what it does, for the help. */
// biome-ignore format: a table
export const SHORTCUTS: readonly (readonly [string, string])[] = [
  ['/', 'Search'],
  ['e', 'Edit the expression over flows'],
  ['g n', 'Now'],
  ['g h', 'Hosts'],
  ['g f', 'Flows'],
  ['g s', 'Swarms'],
  ['g d', 'Dark space'],
  ['g b', 'Backtrack'],
  ['g a', 'Act'],
  ['j  k', 'Next row, row before'],
  ['Enter', 'Open the row'],
  ['x', 'Choose the row'],
  ['[  ]', 'Page before, next page'],
  ['a', 'All of the time'],
  ['p', 'Pause, go on'],
  ['t', 'Theme'],
  ['Esc', 'Close what is open'],
  ['?', 'This help'],
]

export function areShortcutsOn(): boolean {
  return read(SHORTCUTS_KEY) !== 'off'
}

export function useKeys(frame: Frame, help: Help): void {
  const newest = useRef(frame)
  newest.current = frame
  useEffect(() => {
    let wentAt = Number.NEGATIVE_INFINITY
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return
      if (isTyping(event.target as Element) || document.querySelector('dialog[open]') !== null)
        return
      if (!areShortcutsOn()) return
      const isSecond = performance.now() - wentAt < PAIR_MILLIS
      wentAt = event.key === 'g' ? performance.now() : Number.NEGATIVE_INFINITY
      const done = isSecond ? jump(event.key, newest.current) : act(event.key, newest.current, help)
      if (done) event.preventDefault()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}

function isTyping(target: Element): boolean {
  const input = target.closest('input, textarea, select')
  return input !== null && (input as HTMLInputElement).type !== 'checkbox'
}

function jump(key: string, { go }: Frame): boolean {
  const screen = SCREEN_LIST.find(({ letter }) => letter === key)
  if (screen !== undefined) go({ screen: screen.name, key: '' })
  return screen !== undefined
}

function act(key: string, { go, view }: Frame, help: Help): boolean {
  switch (key) {
    case '/':
      return focus('[data-key="search"]')
    case 'e':
      return focus('[data-key="expression"]')
    case 'j':
      return walk(1)
    case 'k':
      return walk(-1)
    case 'x':
      return press(document.activeElement?.closest('tr')?.querySelector('input[type=checkbox]'))
    case '[':
      return press(document.querySelector('[data-page="-1"]'))
    case ']':
      return press(document.querySelector('[data-page="1"]'))
    case 'a':
      go({ span: undefined, last: undefined, page: 0 })
      return true
    case 'p':
      go({ paused: !view.paused }, true)
      return true
    case 't':
      return press(document.querySelector('[data-key="theme"]'))
    case 'Escape':
      if (view.open !== '') go({ open: '', frame: undefined })
      return view.open !== ''
    case '?':
      help.open()
      return true
    default:
      return false
  }
}

function focus(selector: string): boolean {
  const element = document.querySelector<HTMLInputElement>(selector)
  element?.focus()
  element?.select()
  return element !== null
}

function press(element: Element | null | undefined): boolean {
  if (element instanceof HTMLElement) element.click()
  return element instanceof HTMLElement
}

/** To the link of the next row, of the first one at the beginning. */
function walk(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll('main [data-row]')]
  const at = rows.findIndex((row) => row.contains(document.activeElement))
  const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))
  const link = rows[next]?.querySelector<HTMLElement>('a')
  link?.focus()
  link?.scrollIntoView({ block: 'nearest' })
  return link !== undefined && link !== null
}
