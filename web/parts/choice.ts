/** One of several, as a select shows it. */
export interface Choice {
  value: string
  label: string
}
