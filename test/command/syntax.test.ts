import { expect, test } from '@jest/globals'
import { parseSyntax, type Argument, type Command } from '../../src/command/index.js'
import { allCommands } from '../../src/commands/index.js'

/** An argument in one line: `name:type`, then whatever else is to be said. */
function line(argument: Argument): string {
  const { name, type, token, keySpec, since, deprecatedSince, optional, multiple, multipleToken } = argument
  const rest = [
    token === null ? '' : `token ${token}`,
    keySpec === null ? '' : `key ${keySpec}`,
    since === null ? '' : `since ${since}`,
    deprecatedSince === null ? '' : `until ${deprecatedSince}`,
    optional ? 'optional' : '',
    multiple ? 'multiple' : '',
    multipleToken ? 'multiple_token' : '',
    argument.arguments.length === 0 ? '' : `(${argument.arguments.map(line).join('; ')})`,
  ]
  return [`${name}:${type}`, ...rest.filter((part) => part !== '')].join(' ')
}

test.each([
  ['key', 'key:key key 0'],
  ['source:key destination:key#1', 'source:key key 0; destination:key key 1'],
  ['value pattern count:integer', 'value:string; pattern:pattern; count:integer'],
  ['WITHVALUES', 'withvalues:pure-token token WITHVALUES'],
  ['sorting=ALPHA', 'sorting:pure-token token ALPHA'],
  ['approximate="~"', 'approximate:pure-token token ~'],
  ['EX seconds:integer', 'seconds:integer token EX'],
  ['[LEN] [IDX]', 'len:pure-token token LEN optional; idx:pure-token token IDX optional'],
  ['field...', 'field:string multiple'],
  ['[GET pattern]...', 'pattern:pattern token GET optional multiple multiple_token'],
  ['[ID client-id...]', 'client-id:string token ID optional multiple'],
  ['pair={field value}...', 'pair:block multiple (field:string; value:string)'],
  ['mode=<NX | XX>@7.0.0', 'mode:oneof since 7.0.0 (nx:pure-token token NX; xx:pure-token token XX)'],
  ['[mode=<NX | EX n:integer@6.0.0>]', 'mode:oneof optional (nx:pure-token token NX; n:integer token EX since 6.0.0)'],
  ['[NX | XX]', 'options:oneof optional (nx:pure-token token NX; xx:pure-token token XX)'],
  ['[a b]', 'options:block optional (a:string; b:string)'],
  ['[LIMIT range={offset count}]', 'range:block token LIMIT optional (offset:string; count:string)'],
  ["'ip:port':string!2.8.12", 'ip:port:string until 2.8.12'],
])('%s', (syntax, lines) => {
  expect(parseSyntax(syntax).map(line).join('; ')).toBe(lines)
})

test.each(['[key', 'key]', '<A | >', '[]', '{a', 'name=', 'key &', 'a | b'])('%s is a mistake', (syntax) => {
  expect(() => parseSyntax(syntax)).toThrow(`syntax '${syntax}'`)
})

test('every command can be documented, and names only keys that it has', () => {
  const check = ({ spec, subcommands }: Command): void => {
    const all = (argument: Argument): Argument[] => [argument, ...argument.arguments.flatMap(all)]
    for (const { type, keySpec } of parseSyntax(spec.syntax ?? '').flatMap(all)) {
      if (type === 'key') expect(spec.keys?.[keySpec!]).toBeDefined()
    }
    for (const subcommand of subcommands?.values() ?? []) check(subcommand)
  }
  for (const command of allCommands) check(command)
})
