/**
 * What may be asked, as zod schemas over the parameters of a URL: every number has a bound, every
 * unknown key is a mistake that is told.
 */
import { z } from 'zod'
import { EXPRESSION_LENGTH_MAX, parseExpression } from '../../core/expression.ts'
import { limits } from '../../core/limits.ts'
import { FLOW_ORDERS, type Which } from '../../core/store.ts'
import { INCIDENT_ORDERS } from '../../core/store-incidents.ts'
import type { Api } from './api.ts'

/** How far into a list a page may lie: beyond, a narrower question is better. */
const OFFSET_MAX = 10_000_000
/** Points of a chart; no screen has more columns. */
const STEPS_MAX = 2000
/** Runs are numbered from 1. */
const RUN_MAX = 2 ** 31 - 1
const TEXT_LENGTH_MAX = 512
/** A definition of incidents: nobody counts more sources, or for longer than a week. */
const SOURCES_MAX = 1_000_000
const HOURS_MAX = 168
/** Nodes of a graph that a person can look at. */
const NODES_MAX = 300

/** What is asked is wrong; answered with 400. */
export class QuestionError extends Error {
  override readonly name = 'QuestionError'
  /** Where in an expression. */
  readonly at: number | undefined

  constructor(message: string, at?: number) {
    super(message)
    this.at = at
  }
}

function whole(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,16}$/, 'is not a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `is not between ${min} and ${max}`)
}

const text = z.string().min(1).max(TEXT_LENGTH_MAX)
const flowId = z.string().regex(/^\d{1,10}\.\d{1,10}$/, 'is not RUN.FLOW')
const steps = whole(1, STEPS_MAX).default(120)

const WHICH = {
  from: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  to: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  where: z.string().max(EXPRESSION_LENGTH_MAX).optional(),
  run: whole(1, RUN_MAX).optional(),
}

const PAGE = {
  limit: whole(1, limits.pageRowsMax).default(100),
  offset: whole(0, OFFSET_MAX).optional(),
}

const BOOLEAN = z.enum(['true', 'false']).transform((word) => word === 'true')

/** name → parameters of a URL → the question. */
export const QUESTIONS: { readonly [Name in keyof Api]: (given: URLSearchParams) => Api[Name][0] } =
  {
    runs: asked(z.strictObject({})),
    status: asked(z.strictObject({})),
    families: asked(z.strictObject({})),
    names: asked(z.strictObject({})),
    wall: asked(z.strictObject({})),
    overview: asked(z.strictObject(WHICH)),
    traffic: asked(z.strictObject({ ...WHICH, steps })),
    hosts: asked(
      z.strictObject({ ...WHICH, ...PAGE, order: z.enum(['score', 'bytes', 'last']).optional() }),
    ),
    host: asked(z.strictObject({ ...WHICH, steps, host: text })),
    flows: asked(
      z.strictObject({
        ...WHICH,
        ...PAGE,
        order: z.enum(FLOW_ORDERS).optional(),
        descending: BOOLEAN.optional(),
      }),
    ),
    histogram: asked(z.strictObject({ ...WHICH, steps })),
    facets: asked(z.strictObject({ ...WHICH, limit: PAGE.limit })),
    flow: asked(z.strictObject({ id: flowId })),
    messages: asked(z.strictObject({ ...PAGE, flow: flowId })),
    bytes: asked(z.strictObject({ ...PAGE, flow: flowId })),
    swarms: asked(z.strictObject({ ...WHICH, ...PAGE, text: text.optional() })),
    swarm: asked(z.strictObject({ ...PAGE, content: text })),
    threats: asked(z.strictObject({ ...WHICH, ...PAGE })),
    incidents: asked(
      z.strictObject({
        ...{ ...WHICH, ...PAGE, at: text.optional() },
        order: z.enum(INCIDENT_ORDERS).optional(),
      }),
    ),
    detect: asked(
      z.strictObject({
        ...WHICH,
        sources: whole(0, SOURCES_MAX).default(100),
        hours: whole(1, HOURS_MAX).default(6),
      }),
    ),
    causes: asked(z.strictObject({ run: WHICH.run, family: text.optional() })),
    map: asked(z.strictObject({ ...WHICH, network: text, cellBits: whole(0, 32) })),
    places: asked(z.strictObject(WHICH)),
    propagation: asked(
      z.strictObject({ ...WHICH, of: text, nodesMax: whole(3, NODES_MAX).default(120) }),
    ),
    dark: asked(z.strictObject({})),
    find: asked(z.strictObject({ text, limit: PAGE.limit })),
  }

/** Which flows an export is of. */
export const askedFlows: (given: URLSearchParams) => Which = asked(z.strictObject(WHICH))

export const askedPeers: (given: URLSearchParams) => { content: string } = asked(
  z.strictObject({ content: text }),
)

export const askedCapture: (given: URLSearchParams) => { name: string } = asked(
  z.strictObject({ name: text }),
)

/** Packets: of these flows, or of those that an expression chooses. */
export function askedPackets(given: URLSearchParams): Which & { flows?: readonly string[] } {
  const flows = given.getAll('flow')
  if (flows.length === 0) return askedFlows(given)
  if (flows.length > limits.pageRowsMax)
    throw new QuestionError(`flow: more than ${limits.pageRowsMax} at once`)
  for (const [key] of given) {
    if (key !== 'flow') throw new QuestionError(`${key}: not together with flow`)
  }
  for (const flow of flows) {
    if (!flowId.safeParse(flow).success) throw new QuestionError('flow: is not RUN.FLOW')
  }
  return { flows }
}

type Flat = Record<string, unknown> & {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** The asker's keys checked, `from` and `to` put together, and what is absent left out. */
function asked<Question>(schema: z.ZodType): (given: URLSearchParams) => Question {
  return (given) => {
    const found: Record<string, string> = Object.create(null)
    for (const [key, value] of given) {
      if (key in found) throw new QuestionError(`${key}: said twice`)
      found[key] = value
    }
    const checked = schema.safeParse({ ...found })
    if (!checked.success) throw questionError(checked.error)
    const { from, to, ...rest } = checked.data as Flat
    if (typeof rest.where === 'string') checkExpression(rest.where)
    const present = Object.entries(rest).filter(([, value]) => value !== undefined && value !== '')
    return {
      ...Object.fromEntries(present),
      ...((from !== undefined || to !== undefined) && {
        span: { from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER },
      }),
    } as Question
  }
}

function questionError(error: z.ZodError): QuestionError {
  const issue = error.issues[0]!
  if (issue.code === 'unrecognized_keys') return new QuestionError(`${issue.keys[0]}: unknown`)
  return new QuestionError(`${issue.path.join('.')}: ${issue.message}`)
}

function checkExpression(expression: string): void {
  const parsed = parseExpression(expression)
  if (parsed.error !== undefined) throw new QuestionError(parsed.error, parsed.at)
}
