/**
 * How often random conversations are taken for P2P, per model and million.
 *
 *   node dist/test/negatives/measure-chance.js [CONVERSATIONS [WORDS OF THE MODEL'S NAME]]
 */
import { countNamed } from './chance.ts'
import { MADE_UP } from './made-up.ts'
import { MODELS } from './models.ts'

const conversations = Number(process.argv[2] ?? 100_000)
const words = process.argv[3] ?? ''
for (const model of [...MODELS, ...MADE_UP]) {
  if (!model.name.includes(words)) continue
  const begun = process.hrtime.bigint()
  const counts = countNamed(model, conversations, 20_240)
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9
  console.log(`${model.name}   (${((seconds / conversations) * 1e6).toFixed(1)} µs each)`)
  for (const [what, count] of [...counts].sort(([, a], [, b]) => b - a)) {
    console.log(
      `    ${((count / conversations) * 1e6).toFixed(0).padStart(8)} per million  ${what}`,
    )
  }
}
