import { parseArgs } from 'node:util'

/** What a program that is run by hand may be told, each as `--name value`. */
export type ProgramOptions = Readonly<Record<string, number | string>>

/**
 * Reads a program's options; numbers are integers from 0. `--help` prints the usage and ends the process, and so does what
 * makes no sense.
 *
 * @param defaults all there are
 * @param choices of those that are words
 */
export function programOptions<Options extends ProgramOptions>(
  usage: string,
  defaults: Options,
  choices: Readonly<Record<string, readonly string[]>> = {},
): { readonly [Name in keyof Options]: Options[Name] extends number ? number : string } {
  const names = Object.keys(defaults)
  const known = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const read: Record<string, number | string> = { ...defaults }
  try {
    const { values } = parseArgs({ options: { ...known, help: { type: 'boolean' } }, strict: true })
    if (values.help === true) {
      process.stdout.write(`${usage}\n`)
      process.exit(0)
    }
    for (const name of names) {
      const value = (values as Record<string, string | undefined>)[name]
      if (value === undefined) continue
      if (typeof defaults[name] === 'string') read[name] = chosen(name, value, choices[name])
      else if (/^\d+$/.test(value)) read[name] = Number(value)
      else throw new Error(`--${name} is a number`)
    }
  } catch (problem) {
    process.stderr.write(`${(problem as Error).message}\n${usage}\n`)
    process.exit(1)
  }
  return read as ReturnType<typeof programOptions<Options>>
}

function chosen(name: string, value: string, among?: readonly string[]): string {
  if (among === undefined || among.includes(value)) return value
  throw new Error(`--${name} is one of ${among.join(', ')}`)
}

/** A seed for a run that was given none. */
export const anySeed = (): number => Date.now() % 1_000_000
