/** The page sends nothing to anybody; a command does, and what it heard can be dropped here. */
import type { IncidentRow, Propagation } from '../../../../core/store.ts'
import { useAnswer, useFrame } from '../frame.ts'
import { Section } from '../parts/basic.tsx'
import { compared } from '../parts/completion.ts'
import { copy } from '../parts/export-menu.tsx'
import { askable, commandText, contentOf, tellerText } from './ask-command.ts'

interface AskOthersProps {
  readonly ways: Propagation
  readonly incidents: readonly IncidentRow[]
}

export function AskOthers({ ways, incidents }: AskOthersProps) {
  const { families, say } = useFrame()
  const content = contentOf(ways.of, incidents)
  const steps = askable(ways, families.asks)
  const where = steps.map(({ flow }) => compared('id', '==', flow)).join(' || ')
  const flows = useAnswer(
    'flows',
    steps.length === 0 ? undefined : { where, limit: steps.length },
  ).answer
  if (steps.length > 0 && flows === undefined) return null
  const tellers = steps.flatMap((step) => {
    const flow = flows?.rows.find(({ id }) => id === step.flow)
    return (flow && tellerText(step, flow, families.asks(step.family))) ?? []
  })
  const command =
    content === undefined || tellers.length === 0
      ? undefined
      : commandText(ways.of, content, tellers)
  return (
    <Section
      title="Ask others"
      note="Trackers, servers, peers and DHTs may know who told it; nothing is announced."
      actions={
        command !== undefined && (
          <button
            type="button"
            onClick={() => void copy(command).then(() => say('Command copied.'))}
          >
            Copy command
          </button>
        )
      }
    >
      {command === undefined ? (
        <Missing hasContent={content !== undefined} hasTeller={tellers.length > 0} />
      ) : (
        <>
          <p class="command">
            <code class="wrap">{command}</code>
          </p>
          <p class="card-part">
            It asks those who told of it first, and then those whom they name. Drop the capture that
            it writes onto this page.
          </p>
        </>
      )}
    </Section>
  )
}

function Missing({ hasContent, hasTeller }: { hasContent: boolean; hasTeller: boolean }) {
  const { families } = useFrame()
  const parts = families.all.flatMap(({ asks = [] }) => asks.map(({ part }) => part))
  return (
    <div class="card-part">
      <p>What is captured does not say enough for a question to others. There is missing:</p>
      <ul class="missing">
        {!hasContent && <li>the URN of a content that was asked for there</li>}
        {!hasTeller && <li>somebody who told of it and can be asked</li>}
      </ul>
      <p>
        Where you know it, say it: <code>peerscope backtrack URN --ask PART@ADDRESS:PORT</code>
        {parts.length > 0 && `, where PART is one of ${[...new Set(parts)].sort().join(', ')}`}.
      </p>
    </div>
  )
}
