/**
 * A terminal for a command that asks its questions on one (/dev/tty), and who answers them. Nothing
 * else goes over it: stdin, stdout and stderr are what they are for every command.
 *
 * Node can open a terminal, but not make it the one of a process. A few lines of Python do that and
 * then become the command: no process stands between, and an answer is nowhere but in this process
 * and in the kernel on its way to who asked.
 */
import { constants, openSync, writeSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import type { Clock } from '../../lib/clock.ts'
import { AppError, systemCode } from '../../lib/errors.ts'
import type { Answers } from './apps/app.ts'
import type { JobLog } from './log.ts'
import { isThere } from './program.ts'

/** A text that stands unfinished for so long is a question, ms. */
const patience = 10_000
/** Who asks the same once more has been told what is not right. */
const mostTimes = 3
/** What the kernel takes as one line, bytes. */
const longestAnswer = 4095
/** What is kept of a line that does not end, characters. */
const longestLine = 4096

export class Terminal {
  /** The side of who answers; the command is begun with it, see `onTerminal`. */
  readonly fd: number
  readonly #stream: ReadStream
  readonly #answers: Answers
  readonly #log: JobLog
  readonly #clock: Clock
  readonly #unanswered = new AbortController()
  readonly #asked = new Map<string, number>()
  /** Ends with the next word from the other side. */
  #silence = new AbortController()

  /** @throws AppError `tool` where this system gives none */
  constructor(answers: Answers, log: JobLog, clock: Clock) {
    this.#answers = answers
    this.#log = log
    this.#clock = clock
    this.fd = open()
    this.#stream = new ReadStream(this.fd)
    this.#stream.setEncoding('utf8')
    this.#serve().catch((error) => isOver(error) || this.#unanswered.abort(error))
  }

  /** Aborted, with an error for a person, when something was asked that nobody can answer. */
  get unanswered(): AbortSignal {
    return this.#unanswered.signal
  }

  /** Hangs up: call it when the command has ended. */
  close(): void {
    this.#silence.abort()
    this.#stream.destroy()
  }

  async #serve(): Promise<void> {
    let line = ''
    for await (const text of this.#stream) {
      this.#silence.abort()
      const lines = (line + text).split('\n')
      line = (lines.pop() ?? '').slice(-longestLine)
      for (const whole of lines) if (whole.trim() !== '') await this.#log.line(whole)
      const question = line.trim()
      if (question === '') continue
      const answer = this.#answers(question)
      if (answer === undefined) this.#wait(question)
      else if ('fix' in answer) this.#giveUp(question, answer.fix)
      else if (this.#say(question, answer.say)) {
        line = ''
        await this.#log.line(`${question} (answered)`)
      }
    }
  }

  #say(question: string, answer: string): boolean {
    const text = answer.replace(/[\r\n]+$/, '')
    const times = (this.#asked.get(question) ?? 0) + 1
    this.#asked.set(question, times)
    if (times > mostTimes) return this.#giveUp(question, 'its answer was not taken')
    if (/[\r\n]/.test(text) || Buffer.byteLength(text) > longestAnswer) {
      return this.#giveUp(question, `its answer must be one line of ${longestAnswer} bytes at most`)
    }
    writeSync(this.fd, `${text}\n`)
    return true
  }

  #wait(question: string): void {
    this.#silence = new AbortController()
    const waited = this.#clock.sleep(patience, this.#silence.signal)
    const fix = 'hand it over by a file or a variable'
    waited.then(() => this.#giveUp(question, fix)).catch(() => {})
  }

  #giveUp(question: string, fix: string): false {
    const shown = JSON.stringify(question.slice(-200))
    const message = `it asks ${shown} on a terminal, and there is nobody to answer`
    this.#unanswered.abort(new AppError('tool', message, { fix }))
    return false
  }
}

/** The kernel's way to say that nobody is at the other side any more is an error. */
function isOver(error: unknown): boolean {
  return ['EIO', 'ERR_STREAM_PREMATURE_CLOSE'].includes(systemCode(error) ?? '')
}

function open(): number {
  const { O_RDWR, O_NOCTTY } = constants
  try {
    return openSync('/dev/ptmx', O_RDWR | O_NOCTTY)
  } catch (cause) {
    const message = `no terminal can be had on this runner (${systemCode(cause)})`
    throw new AppError('tool', message, { fix: 'mount devpts, with its ptmx', cause })
  }
}

/**
 * Unlocks the terminal, makes it that of this session and becomes the command. It stays open in the
 * command, else there would be nobody at that side between two questions. Nothing is echoed, and no
 * character of an answer is a control character but the end of its line.
 */
const python = `
import fcntl, os, signal, struct, sys, termios
ours = int(sys.argv[1])
try:
    fcntl.ioctl(ours, getattr(termios, 'TIOCSPTLCK', 0x40045431), struct.pack('i', 0))
    theirs = fcntl.ioctl(ours, getattr(termios, 'TIOCGPTPEER', 0x5441), os.O_RDWR | os.O_NOCTTY)
    mode = termios.tcgetattr(theirs)
    mode[0], mode[1], mode[3] = 0, 0, termios.ICANON
    mode[6] = [b'\\0'] * len(mode[6])
    termios.tcsetattr(theirs, termios.TCSANOW, mode)
    fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
except OSError as error:
    sys.exit(f'no terminal can be had on this runner: {error}')
os.close(ours)
for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(ignored, signal.SIG_DFL)
os.execvp(sys.argv[2], sys.argv[2:])
`

/**
 * What stands before a command that is to be on the terminal; a process that leads its session.
 * @param fd as which the process has `Terminal.fd`
 * @throws AppError `tool` without Python
 */
export function onTerminal(fd: number, folder: string, path = ''): string[] {
  const program = 'python3'
  if (isThere(program, folder, path)) return [program, '-IS', '-c', python, String(fd)]
  throw new AppError('tool', `${program}: not found on this runner`, {
    fix: 'install it: a command that asks on a terminal needs it',
  })
}
