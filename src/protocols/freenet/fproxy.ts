/** A browser at a node's web gate: which keys are asked for, and what came. */
import type { Json } from '../../core/event.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { textOf, wholeSize } from '../formats/http-head.ts'
import { HttpSession } from '../formats/http-session.ts'
import type { HttpBody, HttpMessage } from '../formats/http-stream.ts'
import { fileNameIn, type Key, keyIn } from './keys.ts'

export class FproxySession extends HttpSession {
  constructor(flow: FlowFacts, out: Out) {
    super('freenet/http', flow, out)
  }

  override head({ side, head, request, status, asked }: HttpMessage): number {
    const key = keyOf(request === undefined ? asked : { request })
    const type = request === undefined ? 'response' : 'request'
    const fields: Record<string, Json> = { type }
    if (request !== undefined) fields.target = textOf(request.target).slice(0, 2048)
    else fields.status = status!.code
    if (key !== undefined) fields.key = textOf(key.text)
    this.out.say({ type: 'message', log: 'freenet_fproxy', name: type, side, fields })
    if (key === undefined) return 0
    const content = textOf(key.urn)
    const name = textOf(fileNameIn((request ?? asked?.request)?.target ?? ''))
    const named = name === '' ? {} : { name }
    const by = this.flow.ends[side]
    const of = this.flow.ends[side === 0 ? 1 : 0]
    if (request !== undefined) {
      this.out.say({ type: 'request', by, of, what: 'fproxy', content, ...named })
    } else if (status!.code === 200) {
      const size = wholeSize(head)
      const sized = size === undefined ? {} : { size }
      this.out.say({ type: 'share', by, content, via: 'fproxy', ...named, ...sized })
    }
    return 0
  }

  override body({ side, status, asked }: HttpMessage, { size }: HttpBody): void {
    const key = keyOf(asked)
    if (status?.code !== 200 || key === undefined || size === 0) return
    const name = textOf(fileNameIn(asked?.request?.target ?? ''))
    const named = name === '' ? {} : { name }
    this.moved(side, size, { content: textOf(key.urn), ...named, via: 'fproxy' })
  }
}

function keyOf(asked: Pick<HttpMessage, 'request'> | undefined): Key | undefined {
  return keyIn(asked?.request?.target ?? '')
}
