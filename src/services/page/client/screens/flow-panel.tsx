/** One flow: what it is and why, who taught it, its decoded messages, its packets. */
import { useEffect, useRef } from 'preact/hooks'
import { endpointText } from '../../../../core/address.ts'
import type { TaughtBy } from '../../../../core/event.ts'
import type { FlowDetail } from '../../../../core/store.ts'
import { PATHS } from '../../api.ts'
import { hasPorts, protoText } from '../../icmp.ts'
import { fileUrl } from '../ask.ts'
import { useAnswer, useFrame, useHref } from '../frame.ts'
import { Answered, Fact, FamilyMark, Moment, SurenessMark } from '../parts/basic.tsx'
import { compared } from '../parts/completion.ts'
import { HostLink } from '../parts/host-name.tsx'
import { bytesText, contentText, countText, durationText, safe } from '../words.ts'
import { Messages } from './messages.tsx'
import { Packets } from './packets.tsx'

export function FlowPanel({ id }: { readonly id: string }) {
  const { go } = useFrame()
  const flow = useAnswer('flow', { id })
  const panel = useRef<HTMLElement>(null)
  useEffect(() => panel.current?.focus({ preventScroll: true }), [])
  const close = () => {
    go({ open: '', frame: undefined })
    document.querySelector<HTMLElement>(`[data-open="${CSS.escape(id)}"]`)?.focus()
  }
  return (
    <aside
      class="panel"
      ref={panel}
      tabIndex={-1}
      aria-label={`Flow ${id}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return
        event.stopPropagation()
        close()
      }}
    >
      <header class="panel-head">
        <h2>Flow {id}</h2>
        <a class="button" href={fileUrl(PATHS.packets, { flow: [id] })} download>
          pcapng
        </a>
        <button type="button" class="quiet" onClick={close} aria-label="Close the flow">
          ✕
        </button>
      </header>
      <Answered of={flow} what="the flow">
        {(answer) => <Flow flow={answer} />}
      </Answered>
    </aside>
  )
}

function Flow({ flow }: { readonly flow: FlowDetail }) {
  const href = useHref()
  const { view } = useFrame()
  return (
    <>
      <p class="panel-ends">
        <HostLink ip={flow.srcIp} {...(hasPorts(flow) && { port: flow.srcPort })} />{' '}
        <span aria-hidden="true">→</span>
        <span class="hidden">to</span>{' '}
        <HostLink ip={flow.dstIp} {...(hasPorts(flow) && { port: flow.dstPort })} />
      </p>
      <Reasons flow={flow} />
      <dl class="facts small">
        <Fact title="Begins">
          <Moment micros={flow.startMicros} />
        </Fact>
        <Fact title="Lasts">{durationText(flow.endMicros - flow.startMicros)}</Fact>
        <Fact title="Proto">{protoText(flow)}</Fact>
        <Fact title="Opener sent">
          {bytesText(flow.bytes[0])} in {countText(flow.packets[0])}
        </Fact>
        <Fact title="Other sent">
          {bytesText(flow.bytes[1])} in {countText(flow.packets[1])}
        </Fact>
        <Fact title="Ended">
          {flow.open ? 'still open' : (flow.reason ?? 'not told').replaceAll('-', ' ')}
        </Fact>
        {flow.gapBytes !== undefined && (
          <Fact title="Missing">
            {bytesText(flow.gapBytes[0] + flow.gapBytes[1])} of its streams
          </Fact>
        )}
        <Fact title="First frame">
          {flow.frame} of {safe(flow.capture)}
        </Fact>
        <Fact title="Community id">
          <a
            class="mono wrap"
            href={href({ where: compared('community', '==', flow.communityId), page: 0 })}
          >
            {flow.communityId}
          </a>
        </Fact>
      </dl>
      <Messages flow={flow.id} total={flow.messages} frame={view.frame} />
      <Packets flow={flow.id} frame={view.frame} />
    </>
  )
}

/** The message by which the flow's endpoint was known before it said a word. */
function Taught({
  by: { by, endpoint, via, content, frame, capture, micros },
}: {
  readonly by: TaughtBy
}) {
  const href = useHref()
  return (
    <p class="taught">
      <strong>Taught by</strong> <HostLink ip={by.ip} port={by.port} />: it named{' '}
      {endpointText(endpoint)} in {safe(via)}
      {content !== undefined && (
        <>
          {' '}
          for <a href={href({ screen: 'swarm', key: content })}>{contentText(content)}</a>
        </>
      )}
      , frame {frame} of {safe(capture)}, <Moment micros={micros} />.
    </p>
  )
}

function Reasons({ flow }: { readonly flow: FlowDetail }) {
  const { taughtBy, family, part, sureness, reasons, withdrawn } = flow
  return (
    <section class="panel-part">
      <h3>
        {family === undefined || sureness === undefined ? (
          'Of no known family'
        ) : (
          <>
            <FamilyMark family={family} /> {part} <SurenessMark sureness={sureness} />
          </>
        )}
      </h3>
      {family === undefined && withdrawn.length === 0 && (
        <p class="muted">
          Its first bytes fit no protocol that is known, and nobody named its endpoints.
        </p>
      )}
      <ul class="plain-list">
        {reasons.map((reason) => (
          <li key={reason}>{safe(reason)}</li>
        ))}
      </ul>
      {taughtBy !== undefined && <Taught by={taughtBy} />}
      {withdrawn.length > 0 && <p class="muted">Taken back: {withdrawn.map(safe).join('; ')}</p>}
    </section>
  )
}
