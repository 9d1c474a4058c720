/** Diagonal lines as a filling, for what is named by its endpoint only. */

const SIDE = 7
const made = new Map<string, CanvasPattern | string>()

export function hatch(colour: string): CanvasPattern | string {
  const scale = devicePixelRatio
  const key = `${colour} ${scale}`
  const has = made.get(key)
  if (has !== undefined) return has
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = Math.round(SIDE * scale)
  const context = canvas.getContext('2d')
  const pattern = context === null ? null : draw(context, colour, canvas.width)
  made.set(key, pattern ?? colour)
  return pattern ?? colour
}

function draw(
  context: CanvasRenderingContext2D,
  colour: string,
  side: number,
): CanvasPattern | null {
  context.fillStyle = `${colour}30`
  context.fillRect(0, 0, side, side)
  context.strokeStyle = colour
  context.lineWidth = side / 4.5
  context.beginPath()
  // Three lines, so that the corners of the tile fit together.
  for (const shift of [-side, 0, side]) {
    context.moveTo(shift - 1, side + 1)
    context.lineTo(shift + side + 1, -1)
  }
  context.stroke()
  return context.createPattern(context.canvas, 'repeat')
}
