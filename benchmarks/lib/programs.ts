import { fork, type ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import { endChild, keepTrack } from './children.js'

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** A question to a child program, and its answer's type. */
export type Asks = Readonly<Record<string, { readonly ask: unknown; readonly answer: unknown }>>

/** A child process of benchmarks/programs/, asked over IPC. */
export class Program<Questions extends Asks> {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #lastId = 0

  constructor(name: string) {
    this.#child = fork(resolve('benchmarks/programs', `${name}.ts`), [], {
      execArgv: ['--no-warnings', '--expose-gc', '--loader', 'ts-node/esm'],
    })
    this.pid = this.#child.pid as number
    keepTrack(this.#child)
    this.#child.on('message', (message: Answer) => this.#answered(message))
    this.#child.on('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${name} ended with code ${code}`))
    })
  }

  /** @throws what the program threw, as an Error with its message */
  ask<Name extends keyof Questions & string>(
    name: Name,
    ask: Questions[Name]['ask'],
  ): Promise<Questions[Name]['answer']> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, name, ask })
    })
  }

  stop(): Promise<void> {
    return endChild(this.#child)
  }

  #answered({ id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error))
  }
}

/** The other end: answers what the parent asks, each by the handler of its name. */
export function answerParent<Questions extends Asks>(handlers: {
  readonly [Name in keyof Questions]: (
    ask: Questions[Name]['ask'],
  ) => Questions[Name]['answer'] | Promise<Questions[Name]['answer']>
}): void {
  process.on('message', async ({ id, name, ask }: { id: number; name: string; ask: never }) => {
    try {
      process.send?.({ id, result: await handlers[name](ask) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
}
