/** Keys, and what the words and marks of the page mean. */
import type { RefObject } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { useFrame } from '../frame.ts'
import { write } from '../theme.ts'
import { areShortcutsOn, SHORTCUTS, SHORTCUTS_KEY } from './keys.ts'

export interface Help {
  readonly dialog: RefObject<HTMLDialogElement | null>
  readonly open: () => void
}

export function useHelp(): Help {
  const dialog = useRef<HTMLDialogElement>(null)
  return { dialog, open: () => dialog.current?.showModal() }
}

export function Help({ help }: { readonly help: Help }) {
  const { live } = useFrame()
  const [isOn, setOn] = useState(areShortcutsOn)
  return (
    <dialog ref={help.dialog} class="help" aria-labelledby="help-title">
      <header class="panel-head">
        <h2 id="help-title">Keyboard and marks</h2>
        <form method="dialog">
          <button type="submit" class="quiet" aria-label="Close the help">
            ✕
          </button>
        </form>
      </header>
      <dl class="keys">
        {SHORTCUTS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split(/ +/).map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="switch">
        <input
          type="checkbox"
          checked={isOn}
          onChange={({ currentTarget: { checked } }) => {
            write(SHORTCUTS_KEY, checked ? 'on' : 'off')
            setOn(checked)
          }}
        />
        Single keys act
      </label>
      <h3>Marks</h3>
      <ul class="plain-list">
        <li>
          <span class="sureness certain">● certain</span>: bytes say it.{' '}
          <span class="sureness likely">◐ likely</span>: form and a named endpoint say it.{' '}
          <span class="sureness unsure">○ unsure</span>: a weak sign, never held against a host by
          itself.
        </li>
        <li>
          <span class="swatch c0 hatched" aria-hidden="true" /> Hatched: flows that say nothing
          readable and were named by their endpoint, which somebody told before.
        </li>
        <li>
          Neighbour: an overlay beside file sharing, such as a VPN; shown, and held against nobody.
        </li>
      </ul>
      <p class="muted">
        Charts: arrow keys move in time, Shift and arrows choose a range, Enter takes it. Below each
        chart the same stands as a table.
      </p>
      <p class="muted">Peerscope {live.status?.version ?? ''}</p>
    </dialog>
  )
}
