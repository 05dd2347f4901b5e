/** How the demo speaks: a heading for each step, what was typed, what came of it. */
import { wantsColour } from '../../cli/colour.ts'

const indent = '   '

export class Terminal {
  readonly colour: boolean
  readonly #out: NodeJS.WriteStream
  #step = 0

  constructor(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
    this.#out = out
    this.colour = wantsColour(out, env)
  }

  step(title: string): void {
    this.#step += 1
    this.#write(`\n${this.#paint(1, `${this.#step}  ${title}`)}`)
  }

  /** A heading without a number. */
  part(title: string): void {
    this.#write(`\n${this.#paint(1, `${indent}${title}`)}`)
  }

  /** What one would type. */
  command(text: string): void {
    this.#write(indent + this.#paint(36, `$ ${text}`))
  }

  line(text: string): void {
    this.#write(indent + text)
  }

  /** A line of a task's log, as it came; but not the reset of colours with which the log ends. */
  log(text: string): void {
    if (text !== '\x1b[0m') this.#write(`${indent}${this.#paint(2, '│')} ${text}`)
  }

  /** Something that was promised and has been checked. */
  done(text: string): void {
    this.#write(`${indent}${this.#paint(32, '✓')} ${text}`)
  }

  #paint(code: number, text: string): string {
    return this.colour ? `\x1b[${code}m${text}\x1b[0m` : text
  }

  #write(text: string): void {
    this.#out.write(`${text}\n`)
  }
}
