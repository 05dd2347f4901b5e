/** Which runners a task may ever go to, whatever they do now. Pure. */

export interface TaskDemand {
  project: number
  /** `runner_tag` of its template, else of its inventory; null = none. */
  tag: string | null
}

export interface RunnerOffer {
  /** null = serves every project. */
  project: number | null
  tags: readonly string[]
  /** Takes tasks that ask for no tag. */
  isDefault: boolean
}

/**
 * Semaphore's rule: a task that names a tag goes to runners that have it, letter by letter; one that
 * names none goes to default runners.
 */
export function mayTake(task: TaskDemand, runner: RunnerOffer): boolean {
  return serves(runner, task.project) && fits(runner, task.tag)
}

export function serves(runner: Pick<RunnerOffer, 'project'>, project: number): boolean {
  return runner.project === null || runner.project === project
}

function fits({ tags, isDefault }: RunnerOffer, tag: string | null): boolean {
  return tag === null ? isDefault : tags.includes(tag)
}
