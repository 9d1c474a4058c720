/** A button that opens a small box below it; Escape, a click elsewhere, leaving it, or another screen closes the box. */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { useFrame } from '../frame.ts'

interface MenuProps {
  readonly label: ComponentChildren
  readonly title?: string
  readonly class?: string
  readonly children: (close: () => void) => ComponentChildren
}

export function Menu({ label, title, class: name = '', children }: MenuProps) {
  const [isOpen, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  const { view } = useFrame()
  useEffect(() => setOpen(false), [view.screen, view.key])
  useEffect(() => {
    if (!isOpen) return
    const elsewhere = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', elsewhere)
    document.addEventListener('focusin', elsewhere)
    return () => {
      document.removeEventListener('pointerdown', elsewhere)
      document.removeEventListener('focusin', elsewhere)
    }
  }, [isOpen])
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of what is inside come by here
    <div
      class={`menu ${name}`}
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return
        event.stopPropagation()
        close()
      }}
    >
      <button
        type="button"
        ref={button}
        aria-expanded={isOpen}
        aria-controls={id}
        title={title}
        onClick={() => setOpen(!isOpen)}
      >
        {label} <span aria-hidden="true">▾</span>
      </button>
      <div class="menu-box" id={id} hidden={!isOpen}>
        {isOpen && children(close)}
      </div>
    </div>
  )
}
