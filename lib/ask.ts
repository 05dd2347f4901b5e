/** Questions to a person, as a wizard asks them. cli/prompts.ts answers them from a terminal or a pipe. */
export interface Ask {
  /** True at a terminal: only then are questions asked that older scripts do not expect. */
  readonly interactive: boolean
  text(question: Question): Promise<string>
  /** Typed unseen at a terminal. */
  secret(question: Question): Promise<string>
  confirm(question: Question<boolean>): Promise<boolean>
  /** Tells something between the questions. */
  say(line: string): void
}

export interface Question<T = string> {
  message: string
  /** The flag that answers it beforehand; named when nobody is there to answer. */
  flag: string
  /** Taken for an empty answer; without one an answer is required. */
  otherwise?: T
  /** What is wrong with an answer, if something is; then it is asked again. */
  wrong?(answer: T): string | undefined
}

/** True for text that is the URL of a server. */
export function isWebUrl(text: string): boolean {
  return /^https?:\/\/[^\s/]/.test(text) && URL.canParse(text)
}
