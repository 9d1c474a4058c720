/** What a host has and asks for, which programs it runs, and what was found about it. */
import type { HostClient, HostContent, HostDetail } from '../../../../core/store.ts'
import { useFrame, useHref } from '../frame.ts'
import { Empty, Moment, Section } from '../parts/basic.tsx'
import { FindingList } from '../parts/findings.tsx'
import { Table } from '../parts/table.tsx'
import { bytesText, contentText, counted, countText, safe } from '../words.ts'

interface Props {
  readonly host: HostDetail
}

export function Contents({ host }: Props) {
  const href = useHref()
  const { go, which } = useFrame()
  const inRange = which.span === undefined ? '' : ' in this time range'
  return (
    <Section title="Swarms and files" note={counted(host.contents.length, 'content')}>
      {host.contents.length === 0 ? (
        <Empty title={`No content is known of it${inRange}.`}>
          What it loads or shares was not said in the clear{inRange}.
        </Empty>
      ) : (
        <Table<HostContent>
          caption="Contents that the host has, asks for or moved"
          rows={host.contents}
          keyOf={({ content }) => content}
          onRow={({ content }) => go({ screen: 'swarm', key: content })}
          columns={[
            {
              title: 'Name',
              isHeader: true,
              class: 'clip',
              cell: ({ content, name }) => (
                <a href={href({ screen: 'swarm', key: content })}>
                  {name === undefined ? <span class="muted">name not told</span> : safe(name)}
                </a>
              ),
            },
            {
              title: 'Hash',
              class: 'mono',
              cell: ({ content }) => <span title={content}>{contentText(content)}</span>,
            },
            { title: 'Role', cell: ({ roles }) => roles.join(', ') },
            { title: 'Up', isEnd: true, cell: ({ bytesSent }) => bytesText(bytesSent) },
            { title: 'Down', isEnd: true, cell: ({ bytesReceived }) => bytesText(bytesReceived) },
          ]}
        />
      )}
    </Section>
  )
}

export function Clients({ host }: Props) {
  return (
    <Section title="Client software" note="As it says of itself.">
      {host.clients.length === 0 ? (
        <Empty title="It did not say what it runs." />
      ) : (
        <Table<HostClient>
          caption="What the host says of its software"
          rows={host.clients}
          keyOf={(_, index) => String(index)}
          columns={[
            {
              title: 'Software',
              isHeader: true,
              cell: ({ software, version }) => safe(`${software ?? 'not told'} ${version ?? ''}`),
            },
            { title: 'Nick', class: 'clip', cell: ({ nick }) => safe(nick ?? '–') },
            {
              title: 'Id',
              class: 'mono clip',
              cell: ({ id }) => (
                <span title={id}>{id === undefined ? '–' : safe(id.slice(0, 20))}</span>
              ),
            },
            { title: 'Times', isEnd: true, cell: ({ count }) => countText(count) },
            { title: 'First', isEnd: true, cell: ({ at }) => <Moment micros={at.micros} short /> },
          ]}
        />
      )}
    </Section>
  )
}

export function Findings({ host }: Props) {
  return (
    <Section title="Findings" note={counted(host.threats.length, 'finding')}>
      {host.threats.length === 0 ? (
        <Empty title="Nothing was found about this host." />
      ) : (
        <FindingList rows={host.threats} />
      )}
    </Section>
  )
}
