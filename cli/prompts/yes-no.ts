/** What counts as yes and as no, at a terminal and from a pipe. */
export function isYes(answer: string): boolean {
  return /^(y|yes|true)$/i.test(answer.trim())
}

export function isNo(answer: string): boolean {
  return /^(n|no|false)$/i.test(answer.trim())
}
