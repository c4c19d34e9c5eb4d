import { readFileSync } from 'node:fs'
import { Config, type OriginCheck, parseCommandLine } from './config/index.js'
import { checkOrigins } from './origins.js'

/**
 * The configuration that a command line asks for: `[config-file] [--directive value ...] [-]`.
 *
 * @param args without the program's own name
 * @param check looks at the origins when all is read
 * @throws {ConfigProblem}
 */
export function loadConfig(args: readonly string[], check: OriginCheck = checkOrigins): Config {
  const { configFile, fromStdin, lines } = parseCommandLine(args)
  return new Config({
    lines,
    ...(configFile !== undefined && { configFile }),
    ...(fromStdin && { stdin: readFileSync(0, 'latin1') }),
    checkOrigins: check,
  })
}
