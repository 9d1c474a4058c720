/** What may be led back: any address or content, and each incident; the hypotheses on all of them. */
import { useState } from 'preact/hooks'
import { useAnswer, useFrame } from '../frame.ts'
import { Answered, Empty, Section } from '../parts/basic.tsx'
import { Hypotheses } from './hypotheses.tsx'
import { INCIDENTS_SHOWN, IncidentPage } from './incident-table.tsx'

export function BacktracksScreen() {
  const { which, view } = useFrame()
  const incidents = useAnswer('incidents', {
    ...which,
    limit: INCIDENTS_SHOWN,
    offset: view.page * INCIDENTS_SHOWN,
  })
  const dark = useAnswer('dark', {}).answer
  const isDark = dark === undefined || dark.networks.length > 0
  // Where no network is known to be dark, one call is told already, and is no incident yet.
  const title = isDark ? 'Incidents' : 'Calls that nobody answered'
  const causes = useAnswer('causes', view.run === undefined ? {} : { run: view.run })
  return (
    <div class="screen">
      <h1>Backtrack</h1>
      <Section
        title="What shall be led back?"
        note="An address, an endpoint, or a content’s URN; or one of those below."
      >
        <Ask />
      </Section>
      <Section title={title}>
        <Answered of={incidents} what="the incidents">
          {({ rows, total }) =>
            total === 0 ? (
              <Empty title={`No ${isDark ? 'incident' : 'call in vain'} in this time range.`}>
                Any address or content that was told of can be led back all the same.
              </Empty>
            ) : (
              <IncidentPage
                caption={title}
                rows={rows}
                causes={causes.answer ?? []}
                total={total}
                isDark={isDark}
              />
            )
          }
        </Answered>
      </Section>
      <Hypotheses causes={causes.answer ?? []} />
    </div>
  )
}

function Ask() {
  const { go } = useFrame()
  const [text, setText] = useState('')
  return (
    <form
      class="definition"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') go({ screen: 'backtrack', key: text.trim() })
      }}
    >
      <input
        class="mono wide-input"
        aria-label="Address, endpoint or content"
        placeholder="198.51.100.7:6881"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />{' '}
      <button type="submit">Backtrack</button>
    </form>
  )
}
