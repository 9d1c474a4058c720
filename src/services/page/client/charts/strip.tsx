/** One lane over time as a row of bars on a canvas: what happened when, and how much of it. */
import { useEffect, useRef } from 'preact/hooks'
import { type Colour, paletteColour } from '../families.ts'
import { hatch } from './hatch.ts'
import { useTheme } from './time-chart.tsx'

interface StripProps {
  readonly amounts: readonly number[]
  readonly colour: Colour
  readonly hatched: boolean
  readonly label: string
  /** Called with the step that was clicked. */
  readonly onStep: (step: number) => void
}

/** The smallest amount is still seen. */
const HEIGHT_MIN = 0.25

export function Strip({ amounts, colour, hatched, label, onStep }: StripProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const theme = useTheme()
  useEffect(() => {
    const element = canvas.current!
    const paint = () => draw(element, amounts, paletteColour(colour, theme === 'dark'), hatched)
    paint()
    const observer = new ResizeObserver(paint)
    observer.observe(element)
    return () => observer.disconnect()
  }, [amounts, colour, hatched, theme])
  return (
    <canvas
      ref={canvas}
      class="strip"
      role="img"
      aria-label={label}
      onClick={(event) => {
        const { left, width } = event.currentTarget.getBoundingClientRect()
        onStep(Math.floor(((event.clientX - left) / width) * amounts.length))
      }}
    />
  )
}

function draw(
  canvas: HTMLCanvasElement,
  amounts: readonly number[],
  colour: string,
  hatched: boolean,
): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  const width = Math.round(canvas.clientWidth * devicePixelRatio)
  const height = Math.round(canvas.clientHeight * devicePixelRatio)
  canvas.width = width
  canvas.height = height
  const most = Math.max(...amounts, 1)
  context.fillStyle = hatched ? hatch(colour) : colour
  amounts.forEach((amount, step) => {
    if (amount <= 0) return
    const size = HEIGHT_MIN + (1 - HEIGHT_MIN) * Math.sqrt(amount / most)
    const left = Math.floor((step / amounts.length) * width)
    const right = Math.max(left + 1, Math.ceil(((step + 1) / amounts.length) * width))
    const top = Math.round(height * (1 - size))
    context.fillRect(left, top, right - left, height - top)
  })
}
