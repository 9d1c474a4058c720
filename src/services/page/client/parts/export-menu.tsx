/** What can be taken away from a screen: files of what is chosen, the link, the printed report. */
import { quoted } from '../../../../core/expression.ts'
import { PATHS } from '../../api.ts'
import { fileUrl } from '../ask.ts'
import { ipOf } from '../charts/ways-graph.tsx'
import { useFrame } from '../frame.ts'
import type { View } from '../view.ts'
import { Menu } from './menu.tsx'

/** The flows that a screen is about, as an expression. */
function flowsOf({ screen, key, where, cell }: View): string {
  if (screen === 'flows') return where
  if (screen === 'dark') return cell === '' ? '' : `dst==${cell}`
  if (key === '') return ''
  if (screen === 'backtrack')
    return key.startsWith('urn:') ? `content==${quoted(key)}` : `dst==${ipOf(key)}`
  return screen === 'host' ? `host==${key}` : screen === 'swarm' ? `content==${quoted(key)}` : ''
}

export function ExportMenu() {
  const { view, which, say } = useFrame()
  const chosen = { ...which, where: flowsOf(view) }
  const isSwarm = view.screen === 'swarm' && view.key !== ''
  return (
    <Menu label="Export" class="to-left">
      {(close) => (
        <>
          <p class="menu-head">Flows of this view</p>
          <a href={fileUrl(PATHS.flowsCsv, chosen)} download onClick={close}>
            CSV <small>for spreadsheets</small>
          </a>
          <a href={fileUrl(PATHS.flowsJson, chosen)} download onClick={close}>
            JSON <small>one flow a line</small>
          </a>
          <a href={fileUrl(PATHS.flowsEve, chosen)} download onClick={close}>
            EVE <small>as Suricata writes it</small>
          </a>
          <a href={fileUrl(PATHS.packets, chosen)} download onClick={close}>
            pcapng <small>packets, with comments</small>
          </a>
          {view.screen === 'backtrack' && view.key !== '' && (
            <a
              href={fileUrl(PATHS.propagationGraphml, { ...which, of: view.key })}
              download
              onClick={close}
            >
              GraphML <small>who told whom</small>
            </a>
          )}
          {isSwarm && (
            <a
              href={fileUrl(PATHS.peersCsv, { ...which, content: view.key })}
              download
              onClick={close}
            >
              Peers as CSV
            </a>
          )}
          <p class="menu-head">This page</p>
          <button
            type="button"
            onClick={() => {
              void copy(location.href).then(() => say('Link copied.'))
              close()
            }}
          >
            Copy link
          </button>
          <button
            type="button"
            onClick={() => {
              close()
              print()
            }}
          >
            Print as report
          </button>
        </>
      )}
    </Menu>
  )
}

/** Browsers keep the clipboard to themselves where a page came over plain HTTP from another machine. */
export async function copy(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text)
  prompt('Copy this text:', text)
}
