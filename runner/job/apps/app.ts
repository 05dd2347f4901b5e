/** What an app is: it turns a job into commands, one after the other. One file an app; index.ts lists them. */
import type { Job } from '../../../broker/job.ts'
import type { Summary } from '../../../broker/summary.ts'
import type { AppSettings } from '../context.ts'
import type { Commit } from '../git/head.ts'
import type { InstalledInventory } from '../inventory.ts'
import type { Policy } from '../policy.ts'
import type { SecretFolder } from '../secret-folder.ts'

export interface AppInput {
  job: Job
  /** Where the repository lies: the working directory of every command. */
  folder: string
  home: string
  /** The runner's notes for this work tree; the folder may not be there yet. */
  notes: string
  commit: Commit | null
  inventory: InstalledInventory
  /** For files with secrets; removed when the task ends. */
  secrets: SecretFolder
  settings: AppSettings
  /** The job as it was asked for obeys it; what the app fetches is the app's to hold against it. */
  policy: Policy
}

/** What is said to a question of a command, or what a person must do for it to have an answer. */
export type Answer = { say: string } | { fix: string }

/** Gets a question as it was asked, without the space at its end; undefined: not one that it knows. */
export type Answers = (question: string) => Answer | undefined

export interface Command {
  program: string
  args: string[]
  /** Where it runs; the repository unless it is another folder. */
  folder?: string
  /** Beside the environment that every command gets. */
  env: Record<string, string>
  /** Start of the line that tells of its failure. */
  failure: string
  /** What to do when the program is not there. */
  fix: string
  /** Names of processes that it leaves running by habit: they are ended without a word. */
  leaves?: readonly string[]
  /** Gets each line of the output, without colours; a very long one only in its beginning. */
  read?: (line: string) => void
  /** For what it asks on a terminal; without it there is none. */
  answers?: Answers
}

/** What an app can have done; a test may have hands of its own. */
export interface Hands {
  /** Resolves when the command has succeeded; whatever else becomes of it ends the job. */
  run(command: Command): Promise<void>
  /** Waits until a person lets the job go on; a no ends it. At most once a job. */
  confirm(): Promise<void>
  /** A line of the runner's own in the log. */
  note(line: string): Promise<void>
  /** Becomes part of the result, however the job ends. */
  report(summary: Summary): void
}

export interface App {
  /** What it starts unless the runner's `apps` say otherwise. */
  program: string
  /** What to do when the program is not there. */
  fix: string
  /** Resolves when the job has succeeded; what it throws is the reason for a person. */
  run(input: AppInput, hands: Hands): Promise<void>
}
