/** Light, dark, or as the system has it: chosen here, kept in the browser, followed by style and charts. */

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'peerscope-theme'

export function storedTheme(): Theme {
  const stored = read(KEY)
  return THEMES.find((theme) => theme === stored) ?? 'system'
}

export function chooseTheme(theme: Theme): void {
  write(KEY, theme)
  applyTheme(theme)
  dispatchEvent(new Event('theme'))
}

/** The style sheet's colours hang on `color-scheme`; `system` leaves it to the browser. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme
}

export function isDark(): boolean {
  const theme = storedTheme()
  return theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark'
}

/** @returns a function that stops listening */
export function onThemeChange(changed: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)')
  media.addEventListener('change', changed)
  addEventListener('theme', changed)
  return () => {
    media.removeEventListener('change', changed)
    removeEventListener('theme', changed)
  }
}

/** Some browsers refuse storage; then a choice holds until the page is left. */
const fallback = new Map<string, string>()

export function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return fallback.get(key) ?? null
  }
}

export function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    fallback.set(key, value)
  }
}
