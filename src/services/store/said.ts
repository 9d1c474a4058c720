/** Rows of what was said in flows, and of what a wall did with them: one event, one row. */
import type { Decision, Event, Json } from '../../core/event.ts'
import { type AddRow, surenessRank } from './dictionaries.ts'
import { flowKey } from './keys.ts'
import type { Names } from './names.ts'
import type { Cell } from './rows.ts'

type ContentType = 'request' | 'share' | 'search' | 'transfer' | 'client' | 'threat'
type SaidType = ContentType | 'claim' | 'message' | 'fault' | 'recognition' | 'decision'
export type SaidEvent = Extract<Event, { type: SaidType }>

export function addSaid(add: AddRow, names: Names, run: number, event: SaidEvent): void {
  switch (event.type) {
    case 'claim':
      return add('claims', [
        ...names.at(run, event),
        names.address(event.by),
        event.by.port,
        names.address(event.about),
        event.about.port,
        names.word(event.part),
        names.word(event.carriers),
        names.word(event.via),
        names.content(event.content),
        event.id,
        names.word(event.reading),
      ])
    case 'message':
      return add('messages', [
        ...names.at(run, event),
        event.side,
        names.word(event.log),
        names.word(event.name),
        JSON.stringify(event.fields),
      ])
    case 'fault':
      return add('faults', [
        ...names.at(run, event),
        names.word(event.wire),
        names.word(event.fault),
        event.side,
        event.at,
      ])
    case 'recognition':
      if (event.withdrawn === undefined) return
      return add('withdrawn', [
        ...names.at(run, event),
        names.word(event.part),
        names.address(event.ends[0]),
        names.address(event.ends[1]),
        event.withdrawn,
        JSON.stringify(event.reasons),
      ])
    case 'decision':
      return add('decisions', decisionCells(names, run, event))
    case 'request':
    case 'share':
    case 'search':
    case 'transfer':
    case 'client':
    case 'threat':
      return addOfContents(add, names, run, event)
  }
}

function addOfContents(
  add: AddRow,
  names: Names,
  run: number,
  event: Extract<Event, { type: ContentType }>,
): void {
  const at = names.at(run, event)
  switch (event.type) {
    case 'request': {
      const { by, of, what, content, name } = event
      const ends = [names.address(by), by.port, names.address(of), of.port]
      return add('requests', [...at, ...ends, names.word(what), names.content(content), name])
    }
    case 'share': {
      for (const urn of event.also ?? []) names.content(urn)
      return add('shares', [
        ...at,
        names.address(event.by),
        event.by.port,
        names.content(event.content),
        names.word(event.via),
        event.name,
        event.size,
        json(event.files as Json | undefined),
        json(event.also),
        event.verified === true,
      ])
    }
    case 'search': {
      const { by, via, text, content } = event
      const cells = [names.address(by), by.port, names.word(via), text, names.content(content)]
      return add('searches', [...at, ...cells])
    }
    case 'transfer': {
      const { from, to, content, name, bytes, via } = event
      const ends = [names.address(from), from.port, names.address(to), to.port]
      const cells = [names.content(content), name, bytes, names.word(via)]
      return add('transfers', [...at, ...ends, ...cells])
    }
    case 'client': {
      const { who, software, version, id, nick, listens } = event
      const listening = listens && names.address(listens)
      const cells = [software, version, id, nick, listening, listens?.port]
      return add('clients', [...at, names.address(who), who.port, ...cells])
    }
    case 'threat': {
      const { threat, severity, by, why, content } = event
      const what = [names.word(threat), names.word(severity), names.address(by), by.port]
      return add('threats', [...at, ...what, why, names.content(content)])
    }
  }
}

function decisionCells(names: Names, run: number, decision: Decision): Cell[] {
  const { flow, micros, capture, frame, family, ends, host, part, sureness } = decision
  return [
    flowKey(run, flow),
    micros,
    names.capture(run, capture),
    frame,
    names.word(family),
    names.word(decision.carrier),
    names.address(ends[0]),
    ends[0].port,
    names.address(ends[1]),
    ends[1].port,
    names.address({ ip: host }),
    names.word(decision.action),
    names.word(decision.how),
    names.word(decision.rule),
    names.word(part),
    sureness && surenessRank(sureness),
    JSON.stringify({ reasons: decision.why, taughtBy: decision.taughtBy }),
  ]
}

function json(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}
