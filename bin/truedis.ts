#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import { ConfigProblem, loadConfig, runServer, startServer } from '../src/server/index.js'
import { Mistake } from './mistake.js'
import { runSubcommand, wantsSubcommand } from './subcommands.js'

// V8 makes one piece of what a function calls up to 920 bytes of bytecode, fewer than a lookup of a key has: what it left out
// differed from start to start. With this, reads take 3 % less of the processor, those of bound keys 7 %, writes as much as
// before; with 2000, reads take more again.
setFlagsFromString('--max-inlined-bytecode-size-cumulative=1600')

// AWS's SDK writes to standard error, at the first read of an s3: origin, which Node its versions of the years to come will
// need. Whoever wants to hear it says false; a program that embeds a server decides for itself.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

/**
 * `truedis [config-file] [--directive value ...]` runs a server; the first word may name a sub-command instead.
 *
 * A mistake of the user is one line on standard error and exit code 1; a bug keeps its stack.
 */
async function main(args: readonly string[]): Promise<number> {
  try {
    if (wantsSubcommand(args)) return await runSubcommand(args)
    await runServer(loadConfig(args), startServer)
    return 0
  } catch (error) {
    if (!(error instanceof ConfigProblem) && !(error instanceof Mistake)) throw error
    process.stderr.write(`truedis: ${error.message}\n`)
    return 1
  }
}

const code = await main(process.argv.slice(2))
// Whatever is still open, a keep-alive connection to an origin say, has no more to do; what was written goes out first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
