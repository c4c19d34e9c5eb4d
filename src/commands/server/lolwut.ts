import type { Random } from '../../base/index.js'
import { command, integer, type Call } from '../../command/index.js'

const sideMax = 1000

/** Two roads that meet in every cell, or pass: what stays open from edge to edge is up to chance. */
function maze(columns: number, rows: number, random: Random): string {
  let art = ''
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) art += random.below(2) === 0 ? '╱' : '╲'
    art += '\n'
  }
  return art
}

const clamp = (value: number): number => Math.min(Math.max(value, 1), sideMax)

/**
 * Size of the picture: LOLWUT VERSION 5 takes columns, squares a row and squares a column, VERSION 6 columns and rows;
 * other versions take nothing.
 *
 * @throws {ReplyError}
 */
function size({ args }: Call): [columns: number, rows: number] {
  const usual: [number, number] = [40, 10]
  if (args.count < 3 || !args.at(1).is('VERSION')) return usual
  const version = integer(args.at(2))
  if (version !== 5 && version !== 6) return usual
  const numbers: number[] = []
  for (let i = 3; i < Math.min(args.count, version === 5 ? 6 : 5); i++) numbers.push(integer(args.at(i)))
  const [columns = usual[0], second, third] = numbers
  return [clamp(columns), clamp((version === 5 ? third : second) ?? usual[1])]
}

export const LOLWUT = command({
  name: 'LOLWUT',
  group: 'server',
  since: '5.0.0',
  summary: 'Draws a picture, and says the version.',
  complexity: '',
  arity: -1,
  flags: ['readonly', 'fast'],
  syntax: '[VERSION version:integer]',
  run(call) {
    const [columns, rows] = size(call)
    call.reply.verbatim(`${maze(columns, rows, call.random)}\nA maze, one line in BASIC once. Redis ver. 7.0.15\n`)
  },
})
