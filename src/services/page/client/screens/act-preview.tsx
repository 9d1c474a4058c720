/** A policy that is not in force: what is wrong with it, or what it would change. */
import { useState } from 'preact/hooks'
import type { Changed, WallPreview } from '../../api.ts'
import { previewPolicy, Refused } from '../ask.ts'
import { useFrame } from '../frame.ts'
import { Table } from '../parts/table.tsx'
import { counted, safe } from '../words.ts'
import { ActionMark } from './act-tables.tsx'

export function Preview() {
  const { say } = useFrame()
  const [text, setText] = useState('')
  const [came, setCame] = useState<WallPreview>()
  const [error, setError] = useState<string>()
  const look = async () => {
    setError(undefined)
    setCame(undefined)
    try {
      const preview = await previewPolicy(text)
      setCame(preview)
      say(preview.faults.length > 0 ? 'The policy has slips.' : 'The changes stand below.')
    } catch (caught) {
      const isSaid = caught instanceof Refused
      setError(isSaid ? caught.message : 'The server cannot be reached.')
    }
  }
  return (
    <form
      class="preview"
      onSubmit={(event) => {
        event.preventDefault()
        void look()
      }}
    >
      <label for="policy">
        A whole <code>peerscope.yaml</code>, as the wall would read it on SIGHUP
      </label>
      <textarea
        id="policy"
        rows={8}
        spellcheck={false}
        value={text}
        placeholder={
          'wall:\n  rules:\n    - { name: nights, when: { hours: ["22:00-06:00"] }, do: permit }'
        }
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <p>
        <button type="submit" class="primary" disabled={text.trim() === ''}>
          Show what it would change
        </button>
      </p>
      {error !== undefined && (
        <p class="warn-text" role="alert">
          {error}
        </p>
      )}
      {came !== undefined && (came.faults.length > 0 ? <Faults of={came} /> : <Diff of={came} />)}
    </form>
  )
}

function Faults({ of: { faults } }: { readonly of: WallPreview }) {
  return (
    <div role="alert">
      <p class="warn-text">
        <span aria-hidden="true">▲</span> It cannot be used: {counted(faults.length, 'slip')}.
      </p>
      <ul>
        {faults.map(({ line, says }) => (
          <li key={`${line} ${says}`}>
            Line {line}: {safe(says)}
          </li>
        ))}
      </ul>
    </div>
  )
}

const CHANGES: Readonly<Record<Changed['change'], readonly [sign: string, word: string]>> = {
  same: ['=', 'stays'],
  new: ['+', 'new'],
  gone: ['−', 'gone'],
}

function Diff({ of: { rules, kernel } }: { readonly of: WallPreview }) {
  const isSame = kernel.every(({ change }) => change === 'same')
  return (
    <>
      <Table<WallPreview['rules'][number]>
        caption="What would change in the policy"
        rows={rules}
        keyOf={({ name, change }, index) => `${index} ${name} ${change}`}
        columns={[
          {
            title: 'Change',
            cell: ({ change }) => (
              <span class={`change ${change}`}>
                <span aria-hidden="true">{CHANGES[change][0]}</span> {CHANGES[change][1]}
              </span>
            ),
          },
          { title: 'Rule', isHeader: true, class: 'name-cell', cell: ({ name }) => safe(name) },
          { title: 'Whom and what', class: 'name-cell', cell: ({ text }) => safe(text) },
          { title: 'Does', cell: ({ action }) => <ActionMark action={action} /> },
        ]}
      />
      {isSame ? (
        <p class="muted">The rules of the kernel stay as they are.</p>
      ) : (
        <KernelDiff lines={kernel} />
      )}
      <p class="muted">
        To use it, write it where the wall reads it and send SIGHUP: hosts that are held are free
        then, and flows that were decided stay so.
      </p>
    </>
  )
}

function KernelDiff({ lines }: { readonly lines: WallPreview['kernel'] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label="What would change in the kernel’s rules">
      <pre>
        {lines.map(({ change, text }, index) => (
          <span class={`change ${change}`} key={index}>
            {change === 'same' ? ' ' : CHANGES[change][0]} {text}
            {'\n'}
          </span>
        ))}
      </pre>
    </section>
  )
}
