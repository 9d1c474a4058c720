/** SIGINT and SIGTERM, heeded before anything is opened: one that comes early ends nothing half-way. */
import { EXIT } from './exit-codes.ts'

/** The first signal resolves it, the second ends the program at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false
    const ask = () => {
      if (isAsked) process.exit(EXIT.interrupted)
      isAsked = true
      resolve()
    }
    process.on('SIGINT', ask)
    process.on('SIGTERM', ask)
  })
}
