/** `peerscope info FILE`: what a capture is, before anything in it is judged. */
import {
  bytesText,
  countText,
  dateText,
  durationText,
  manyText,
  shareText,
} from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import { CaptureError } from '../../intake/source/cursor.ts'
import {
  type CaptureDescription,
  describeEach,
  type InterfaceDescription,
} from '../../intake/source/describe.ts'
import type { AnswerFormat } from '../choices.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { warn } from '../notes.ts'
import { Output } from '../output.ts'
import { wantsColour } from '../terminal.ts'

export interface InfoFlags {
  readonly format: AnswerFormat
  readonly color: boolean
}

/** A file that cannot be opened does not keep the others from being described. */
export async function infoCommand(files: readonly string[], flags: InfoFlags): Promise<ExitCode> {
  const output = Output.open('-')
  const colour = wantsColour(process.stdout, process.env, flags.color)
  let status: ExitCode = EXIT.ok
  let told = 0
  const tell = (description: CaptureDescription) => {
    if (flags.format === 'json') output.line(JSON.stringify(description))
    else output.write(`${told > 0 ? '\n' : ''}${infoText(description, colour)}`)
    told++
    if (description.damage && status === EXIT.ok) status = EXIT.damaged
  }
  for (const file of files) {
    try {
      await describeEach(file, tell)
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
      output.flush()
      warn(shown(error.message))
      status = EXIT.failed
    }
  }
  output.close()
  return status
}

export function infoText(capture: CaptureDescription, colour: boolean): string {
  const [bold, red, plain] = colour ? ['\u001b[1m', '\u001b[31m', '\u001b[0m'] : ['', '', '']
  const lines = [`${bold}${shown(capture.file)}${plain}`]
  const say = (label: string, text: string) => lines.push(`  ${label.padEnd(12)}  ${text}`)
  say('format', formatText(capture))
  if (capture.fileBytes !== undefined) {
    say('size', `${bytesText(capture.fileBytes)} (${countText(capture.fileBytes)} bytes)`)
  }
  if (capture.sha256 !== undefined) say('sha256', capture.sha256)
  say('packets', packetsText(capture))
  const { firstMicros, lastMicros } = capture
  if (firstMicros !== undefined && lastMicros !== undefined) {
    say('first', dateText(firstMicros))
    say('last', `${dateText(lastMicros)}, ${durationText(lastMicros - firstMicros)} later`)
  }
  const rates = ratesText(capture)
  if (rates !== undefined) say('rate', rates)
  if (capture.outOfOrder > 0) {
    say('order', `${manyText(capture.outOfOrder, 'packet')} earlier than the one before`)
  }
  for (const one of capture.interfaces) say(`interface ${one.id}`, interfaceText(one, capture))
  for (const application of capture.applications) say('written by', shown(application))
  for (const system of capture.systems) say('system', shown(system))
  for (const hardware of capture.hardware) say('hardware', shown(hardware))
  for (const comment of capture.comments) say('comment', shown(comment))
  if (capture.packetComments > 0) {
    say('comments', `on ${manyText(capture.packetComments, 'packet')}`)
  }
  const blocks = Object.entries(capture.otherBlocks)
  if (blocks.length > 0) {
    const counts = blocks.map(([kind, count]) => `${countText(count)} ${shown(kind)}`)
    say('other blocks', counts.join(', '))
  }
  if (capture.damage) {
    const { offset, cause } = capture.damage
    say('damage', `${red}at byte ${offset}: ${shown(cause)}${plain}`)
  }
  return `${lines.join('\n')}\n`
}

function formatText(capture: CaptureDescription): string {
  const { format, version, byteOrder, compression, sections } = capture
  const named = version === undefined ? format : `${format} ${version}`
  const packed = compression === 'none' ? '' : `, compressed with ${compression}`
  return `${named}, ${byteOrder}${sections > 1 ? `, ${sections} sections` : ''}${packed}`
}

function ratesText(capture: CaptureDescription): string | undefined {
  const { packets, wireBytes, packetsPerSecond, wireBytesPerSecond } = capture
  if (packetsPerSecond === undefined || wireBytesPerSecond === undefined) return undefined
  const count =
    packetsPerSecond < 10 ? packetsPerSecond.toFixed(1) : countText(Math.round(packetsPerSecond))
  const mean = Math.round(wireBytes / packets)
  return `${count} packets/s, ${bytesText(Math.round(wireBytesPerSecond))}/s, ${manyText(mean, 'byte')} a packet`
}

function packetsText(capture: CaptureDescription): string {
  const { packets, capturedBytes, wireBytes, snaplenCut } = capture
  const captured =
    capturedBytes === wireBytes ? '' : `, ${bytesText(capturedBytes)} of them captured`
  const cut =
    snaplenCut === 0
      ? ''
      : `, ${countText(snaplenCut)} cut short (${shareText(snaplenCut, packets)})`
  return `${countText(packets)}, ${bytesText(wireBytes)} on the wire${captured}${cut}`
}

function interfaceText(one: InterfaceDescription, capture: CaptureDescription): string {
  const { name, description, filter, os, hardware, received, dropped, offsetSeconds } = one
  const named = [name, description].filter((text) => text !== undefined).join(', ')
  const facts = [
    ...(named === '' ? [] : [shown(named)]),
    `${one.linkTypeName} (${one.linkType})${one.read ? '' : ', packets of it are not read'}`,
    ...(capture.interfaces.length > 1 ? [manyText(one.packets, 'packet')] : []),
    one.snaplen === 0 ? 'no snap length' : `snap length ${countText(one.snaplen)}`,
    resolutionText(one.ticksPerSecond),
    ...(offsetSeconds === 0 ? [] : [`times moved by ${countText(offsetSeconds)} s`]),
    ...(received === undefined ? [] : [`${countText(received)} received by the interface`]),
    ...(dropped === undefined ? [] : [`${countText(dropped)} dropped`]),
    ...(filter === undefined ? [] : [`filter ${shown(filter)}`]),
    ...(hardware === undefined ? [] : [shown(hardware)]),
    ...(os === undefined ? [] : [shown(os)]),
    ...(capture.sections > 1 ? [`section ${one.section}`] : []),
  ]
  return facts.join(', ')
}

const RESOLUTIONS: Readonly<Record<number, string>> = {
  1000: 'milliseconds',
  1000000: 'microseconds',
  1000000000: 'nanoseconds',
}

function resolutionText(ticksPerSecond: number): string {
  return RESOLUTIONS[ticksPerSecond] ?? `${countText(ticksPerSecond)} ticks a second`
}
