/** Runs before the page is drawn: the chosen theme is set, so that no wrong one flashes up. */
import { applyTheme, storedTheme } from './theme.ts'

applyTheme(storedTheme())
