import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Arguments of Node, whose own SQLite warns that it is an experiment. */
const nodeArguments = (name: string, args: readonly string[]): string[] => {
  const path = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))
  return ['--disable-warning=ExperimentalWarning', path, ...args]
}

/** Runs an example to its end, as a reader would, on the build; what it printed. */
export function run(name: string, ...args: readonly string[]): string {
  const options = { encoding: 'utf8', timeout: 110_000 } as const
  const { stdout, stderr, status } = spawnSync(process.execPath, nodeArguments(name, args), options)
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return stdout
}

/** An example that runs until it is stopped. */
export class RunningExample {
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  #errors = ''
  #wake = (): void => undefined

  private constructor(child: ChildProcess) {
    this.#child = child
    createInterface(child.stdout!).on('line', (line) => {
      this.#lines.push(line)
      this.#wake()
    })
    child.stderr!.on('data', (chunk) => (this.#errors += chunk))
    child.once('close', () => this.#wake())
    const orphan = (): void => void child.kill('SIGKILL')
    process.once('exit', orphan) // a test that is torn down half-way leaves nothing behind
    child.once('close', () => process.removeListener('exit', orphan))
  }

  static start(name: string, ...args: readonly string[]): RunningExample {
    return new RunningExample(spawn(process.execPath, nodeArguments(name, args)))
  }

  /** What it printed as errors so far, for a failure's message. */
  get errors(): string {
    return this.#errors
  }

  /** The first line it prints, or has printed, that matches; it is taken, and all others are left. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const at = this.#lines.findIndex((line) => pattern.test(line))
      if (at >= 0) return pattern.exec(this.#lines.splice(at, 1)[0])!
      if (this.#child.exitCode !== null) throw new Error(`it ended without ${pattern}:\n${this.#errors}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** Asks it to end, by its pid; its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'close')
      this.#child.kill('SIGTERM')
      await ended
    }
    return this.#child.exitCode
  }
}
