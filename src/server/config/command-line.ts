import { quoted, splitWords, toByteString, type ByteString } from './quoting.js'

/** What `truedis [config-file] [--directive value ...] [-]` asks for. */
export interface CommandLine {
  readonly configFile?: string
  /** A lone `-`, first or last: more configuration comes on standard input, after the file. */
  readonly fromStdin: boolean
  /** One line of redis.conf for each directive. They come last, so they win. */
  readonly lines: readonly ByteString[]
}

/**
 * Reads arguments as redis-server does: the first one names a file unless it starts with `-`; `--name` opens a
 * directive, and what follows up to the next `--` are its words. The word right after a name belongs to it, whatever
 * it looks like; only `--save` may stand without one.
 *
 * @param args without the program's own name
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const hasFile = args.length > 0 && !args[0].startsWith('-')
  const lines: ByteString[] = []
  let line: ByteString = ''
  let nameMayFollow = true
  let fromStdin = false
  for (let i = hasFile ? 1 : 0; i < args.length; i++) {
    const word = toByteString(args[i])
    if (word === '-' && (i === 0 || i === args.length - 1)) {
      fromStdin = true
    } else if (nameMayFollow && word.startsWith('--')) {
      if (line !== '') lines.push(line)
      line = `${word.slice(2)} `
      nameMayFollow = splitWords(word)?.length !== 1
      const alone = i + 1 === args.length || args[i + 1].startsWith('--')
      if (!nameMayFollow && alone && word.toLowerCase() === '--save') {
        line += '""'
        nameMayFollow = true
      }
    } else {
      line += `${quoted(word)} `
      nameMayFollow = true
    }
  }
  if (line !== '') lines.push(line)
  return { ...(hasFile && { configFile: args[0] }), fromStdin, lines }
}
