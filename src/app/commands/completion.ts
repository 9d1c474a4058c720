/** `peerscope completion bash|zsh|fish`. */
import type { Command } from 'commander'
import { completionText, type Shell } from '../cli/completion.ts'
import { shapesOf } from '../cli/shape.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { Output } from '../output.ts'

export function completionCommand(shell: Shell, program: Command): ExitCode {
  const output = Output.open('-')
  output.write(completionText(shell, shapesOf(program)))
  output.close()
  return EXIT.ok
}
