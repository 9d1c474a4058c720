/** Questions to the server, typed by the contract that both sides share. */
import type { Span, Which } from '../../../core/store.ts'
import { type Api, type Failure, PATHS, type WallPreview } from '../api.ts'

/** The server answered, and said no. */
export class Refused extends Error {
  /** Where in an expression. */
  readonly at: number | undefined
  readonly status: number

  constructor(status: number, failure: Failure) {
    super(failure.error)
    this.status = status
    this.at = failure.at
  }
}

export async function ask<Name extends keyof Api>(
  name: Name,
  question: Api[Name][0],
  signal: AbortSignal,
): Promise<Api[Name][1]> {
  const response = await fetch(`./api/${name}${queryOf(question)}`, { signal })
  if (!response.ok) throw new Refused(response.status, await failureOf(response))
  return (await response.json()) as Api[Name][1]
}

async function failureOf(response: Response): Promise<Failure> {
  const said: unknown = await response.json().catch(() => undefined)
  const isFailure = typeof said === 'object' && said !== null && 'error' in said
  return isFailure ? (said as Failure) : { error: `the server answered ${response.status}` }
}

/** `{ span: { from: 1, to: 2 }, limit: 5 }` → `?from=1&to=2&limit=5` */
function queryOf(question: object): string {
  const says = new URLSearchParams()
  for (const [key, value] of Object.entries(question)) {
    if (value === undefined || value === '') continue
    if (key === 'span') {
      const { from, to } = value as Span
      says.set('from', String(from))
      says.set('to', String(to))
    } else if (Array.isArray(value)) {
      for (const one of value) says.append(key, String(one))
    } else {
      says.set(key, String(value))
    }
  }
  const query = says.toString()
  return query === '' ? '' : `?${query}`
}

/** What a policy would change. Nothing is done. */
export async function previewPolicy(policy: string): Promise<WallPreview> {
  const response = await fetch(`.${PATHS.wallPreview}`, { method: 'POST', body: policy })
  if (!response.ok) throw new Refused(response.status, await failureOf(response))
  return (await response.json()) as WallPreview
}

/** A path of a file, relative to the page: the server may be behind another's path. */
export function fileUrl(
  path: (typeof PATHS)[keyof typeof PATHS],
  question: Which & {
    readonly flow?: readonly string[]
    readonly content?: string
    readonly of?: string
  } = {},
): string {
  return `.${path}${queryOf(question)}`
}

/**
 * Send a capture to be read.
 * @param progress  told the share that has been sent, 0 to 1
 */
export function upload(file: File, progress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `.${PATHS.captures}${queryOf({ name: file.name })}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0)
    request.onerror = () => reject(new Error('the server cannot be reached'))
    request.onload = () =>
      request.status < 300 ? resolve() : reject(new Error(errorIn(request.responseText)))
    request.send(file)
  })
}

function errorIn(text: string): string {
  try {
    return (JSON.parse(text) as Failure).error
  } catch {
    return 'the server refused the file'
  }
}
