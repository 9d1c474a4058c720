/** SIGINT and SIGTERM: the first asks to stop, the second ends the program at once. */
import { EXIT } from './exit-codes.ts'

/** @returns lets go of both signals again */
export function onStopSignal(stop: () => void): () => void {
  let isAsked = false
  const ask = () => {
    if (isAsked) process.exit(EXIT.interrupted)
    isAsked = true
    stop()
  }
  process.on('SIGINT', ask)
  process.on('SIGTERM', ask)
  return () => {
    process.off('SIGINT', ask)
    process.off('SIGTERM', ask)
  }
}

/** To be asked for before anything is opened: a signal that comes early ends nothing half-way. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    onStopSignal(resolve)
  })
}
