/** A capture dropped anywhere on the page, or chosen by a button, is sent to the server and read. */
import { useEffect, useState } from 'preact/hooks'
import { upload } from '../ask.ts'
import { useFrame } from '../frame.ts'
import { bytesText, percentText, safe } from '../words.ts'

interface Sending {
  readonly name: string
  readonly size: number
  readonly share: number
  readonly error?: string
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') ?? false
}

export function Drop() {
  const { say } = useFrame()
  const [isOver, setOver] = useState(false)
  const [sending, setSending] = useState<Sending>()
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent) => {
      setOver(false)
      if (!hasFiles(event)) return
      event.preventDefault()
      void send([...(event.dataTransfer?.files ?? [])])
    }
    const chosen = (event: Event) => void send((event as CustomEvent<File[]>).detail)
    const send = async (files: readonly File[]) => {
      for (const file of files) {
        const one = { name: file.name, size: file.size }
        try {
          await upload(file, (share) => setSending({ ...one, share }))
          say(`${file.name} was sent and is being read.`)
          setSending(undefined)
        } catch (error) {
          setSending({ ...one, share: 0, error: (error as Error).message })
          return
        }
      }
    }
    const pairs = [
      ['dragover', over],
      ['dragleave', leave],
      ['drop', drop],
      ['captures', chosen],
    ] as const
    for (const [name, listener] of pairs) addEventListener(name, listener as EventListener)
    return () => {
      for (const [name, listener] of pairs) removeEventListener(name, listener as EventListener)
    }
  }, [])
  return (
    <>
      {isOver && <div class="drop">Drop the capture to read it</div>}
      {sending !== undefined && <Sent sending={sending} close={() => setSending(undefined)} />}
    </>
  )
}

function Sent({ sending, close }: { readonly sending: Sending; readonly close: () => void }) {
  const { name, size, share, error } = sending
  return (
    <div class="toast" role={error === undefined ? 'status' : 'alert'}>
      <p>
        {error === undefined ? (
          <>
            Sending {safe(name)}, {bytesText(size)}: {percentText(share)}
          </>
        ) : (
          <>
            <strong>{safe(name)} was not read.</strong> {error}
          </>
        )}
      </p>
      {error === undefined ? (
        <progress value={share} max={1} aria-label={`Sending ${safe(name)}`} />
      ) : (
        <button type="button" onClick={close}>
          Close
        </button>
      )}
    </div>
  )
}

/** For whoever does not drag. */
export function ChooseCapture() {
  return (
    <label class="button primary choose">
      Choose a capture …
      <input
        type="file"
        class="hidden"
        multiple
        onChange={({ currentTarget }) => {
          dispatchEvent(new CustomEvent('captures', { detail: [...(currentTarget.files ?? [])] }))
          currentTarget.value = ''
        }}
      />
    </label>
  )
}
