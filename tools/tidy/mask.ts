/**
 * TypeScript source seen through a mask: only its code, only its comments, or code with strings.
 * Every view has the length and the line breaks of the source, so that offsets stay true.
 *
 * A small scanner instead of a parser: TypeScript 7 offers its syntax tree only under `unstable/`.
 */

export interface Masked {
  /** Comments and the insides of strings, templates and regular expressions are blank. */
  readonly code: string
  /** Only comments are blank. */
  readonly uncommented: string
  /** Everything but comments is blank. */
  readonly comments: string
  /** The insides of strings and templates, each once. */
  readonly strings: readonly string[]
}

/** What stands before a slash that begins a regular expression and does not divide. */
const BEFORE_REGEX =
  /(?:^|[^\w$)\]}'"`]|\b(?:return|typeof|case|in|of|do|else|throw|void|await|yield))$/

export function mask(source: string): Masked {
  const scanner = new Scanner(source)
  scanner.run()
  return scanner.result()
}

type Kind = 'code' | 'comment' | 'string'

class Scanner {
  readonly #source: string
  readonly #kinds: Kind[]
  readonly #strings: string[] = []
  /** Depth of braces at which each open template substitution ends. */
  readonly #substitutions: number[] = []
  #braces = 0
  #at = 0

  constructor(source: string) {
    this.#source = source
    this.#kinds = new Array<Kind>(source.length).fill('code')
  }

  run(): void {
    while (this.#at < this.#source.length) this.#step()
  }

  result(): Masked {
    const view = (...kept: Kind[]) => {
      let text = ''
      for (let i = 0; i < this.#source.length; i++) {
        const character = this.#source[i]!
        text += kept.includes(this.#kinds[i]!) || character === '\n' ? character : ' '
      }
      return text
    }
    return {
      code: view('code'),
      uncommented: view('code', 'string'),
      comments: view('comment'),
      strings: this.#strings,
    }
  }

  #step(): void {
    const two = this.#source.slice(this.#at, this.#at + 2)
    const one = two[0]!
    if (two === '//') return this.#until('comment', '\n')
    if (two === '/*') return this.#until('comment', '*/', 2)
    if (one === "'" || one === '"') return this.#quoted(one)
    if (one === '`') return this.#template()
    // `</p>` and `<br />` of JSX; no regular expression begins so.
    const isTag = one === '/' && (this.#source[this.#at - 1] === '<' || two === '/>')
    if (one === '/' && !isTag && BEFORE_REGEX.test(this.#before())) return this.#regex()
    if (one === '{') this.#braces++
    if (one === '}') {
      this.#braces--
      if (this.#substitutions.at(-1) === this.#braces) {
        this.#substitutions.pop()
        return this.#template()
      }
    }
    this.#at++
  }

  /** The last word or sign of code before here. */
  #before(): string {
    let end = this.#at
    while (end > 0 && (this.#kinds[end - 1] === 'comment' || /\s/.test(this.#source[end - 1]!)))
      end--
    return this.#source.slice(Math.max(0, end - 12), end)
  }

  #paint(kind: Kind, from: number, to: number): void {
    for (let i = from; i < to; i++) this.#kinds[i] = kind
  }

  #until(kind: Kind, end: string, more = 0): void {
    const found = this.#source.indexOf(end, this.#at + 2)
    const to = found < 0 ? this.#source.length : found + more
    this.#paint(kind, this.#at, to)
    this.#at = to
  }

  #quoted(quote: string): void {
    let at = this.#at + 1
    while (at < this.#source.length && this.#source[at] !== quote && this.#source[at] !== '\n') {
      at += this.#source[at] === '\\' ? 2 : 1
    }
    this.#keep(at)
    this.#at = at + 1
  }

  /** From a backtick, or from the brace that closes a substitution, to the next such place. */
  #template(): void {
    let at = this.#at + 1
    while (at < this.#source.length) {
      const character = this.#source[at]
      if (character === '`') {
        this.#keep(at)
        this.#at = at + 1
        return
      }
      if (character === '$' && this.#source[at + 1] === '{') {
        this.#keep(at)
        this.#substitutions.push(this.#braces)
        this.#braces++
        this.#at = at + 2
        return
      }
      at += character === '\\' ? 2 : 1
    }
    this.#at = at
  }

  #regex(): void {
    let at = this.#at + 1
    let inClass = false
    while (at < this.#source.length && this.#source[at] !== '\n') {
      const character = this.#source[at]
      if (character === '/' && !inClass) break
      if (character === '[') inClass = true
      if (character === ']') inClass = false
      at += character === '\\' ? 2 : 1
    }
    this.#paint('string', this.#at + 1, at)
    this.#at = at + 1
  }

  /** What lies between the delimiter at #at and `to` is the inside of a string. */
  #keep(to: number): void {
    this.#paint('string', this.#at + 1, to)
    this.#strings.push(this.#source.slice(this.#at + 1, to))
  }
}

/** `{ name: 'parse', line: 12, lines: 31 }` */
export interface FunctionSize {
  readonly name: string
  readonly line: number
  readonly lines: number
}

/** Words whose parentheses do not belong to a function. */
const NOT_FUNCTIONS = new Set(['if', 'for', 'while', 'switch', 'catch', 'with'])

/** Every function with a block for a body, and how many lines it takes. */
export function functionSizes(code: string): FunctionSize[] {
  const sizes: FunctionSize[] = []
  for (let at = code.indexOf('{'); at >= 0; at = code.indexOf('{', at + 1)) {
    const name = functionNameBefore(code, at)
    if (name === undefined) continue
    const end = matching(code, at, 1)
    const line = lineOf(code, at)
    sizes.push({ name, line, lines: lineOf(code, end) - line + 1 })
  }
  return sizes
}

export function lineOf(text: string, at: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line++
  return line
}

/** The name of the function whose body opens at `brace`, or undefined where it is no function. */
function functionNameBefore(code: string, brace: number): string | undefined {
  const before = code.slice(Math.max(0, brace - 400), brace).trimEnd()
  const offset = Math.max(0, brace - 400)
  if (before.endsWith('=>')) {
    const head = before.slice(-160)
    return /(\w+)\s*(?::[^=\n]*)?=\s*(?:async\s*)?\(?[^=]*=>$/.exec(head)?.[1] ?? '(arrow)'
  }
  const signature = /\)(?:\s*:[^(){};\n]*(?:\{[^{}\n]*\}[^(){};\n]*)?(?<=[\w>\]}'`]))?$/.exec(
    before,
  )
  if (signature === null) return undefined
  const open = matching(code, offset + signature.index, -1)
  const word = /([\w$#]+)\s*(?:<[^<>]*>)?\s*$/.exec(code.slice(Math.max(0, open - 120), open))?.[1]
  return word === undefined || NOT_FUNCTIONS.has(word) ? undefined : word
}

const PAIRS: Readonly<Record<string, string>> = { '{': '}', '(': ')', '}': '{', ')': '(' }

/** Where the bracket at `at` is closed (step 1) or opened (step -1). */
function matching(code: string, at: number, step: 1 | -1): number {
  const own = code[at]!
  const other = PAIRS[own]!
  let depth = 0
  for (let i = at; i >= 0 && i < code.length; i += step) {
    if (code[i] === own) depth++
    if (code[i] === other && --depth === 0) return i
  }
  return step > 0 ? code.length : 0
}
