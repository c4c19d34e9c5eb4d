import { parseSyntax, type Argument, type Command } from '../../command/index.js'
import type { ReplyWriter } from '../../resp/index.js'
import { replySet } from './command-entries.js'

type Field = readonly [name: string, write: () => void]

/** The documentation of one command, as a map. @see https://redis.io/docs/latest/commands/command-docs/ */
export function replyDocs(reply: ReplyWriter, command: Command): void {
  const { spec } = command
  const text = (value: string) => (): void => reply.bulkText(value)
  const fields: Field[] = [
    ['summary', text(spec.summary)],
    ['since', text(spec.since)],
    ['group', text(spec.group)],
  ]
  if (spec.complexity !== '') fields.push(['complexity', text(spec.complexity)])
  const flags = [...(spec.deprecated === undefined ? [] : ['deprecated']), ...(spec.system ? ['syscmd'] : [])]
  if (flags.length > 0) fields.push(['doc_flags', () => replySet(reply, flags)])
  if (spec.deprecated !== undefined) {
    fields.push(['deprecated_since', text(spec.deprecated.since)])
    fields.push(['replaced_by', text(spec.deprecated.replacedBy)])
  }
  if (spec.history !== undefined) fields.push(['history', () => replyHistory(reply, spec.history ?? [])])
  const { syntax } = spec
  if (syntax !== undefined) fields.push(['arguments', () => replyArguments(reply, parseSyntax(syntax))])
  if (command.subcommands !== null) fields.push(['subcommands', () => replySubcommands(reply, command)])
  replyFields(reply, fields)
}

function replyFields(reply: ReplyWriter, fields: readonly Field[]): void {
  reply.map(fields.length)
  for (const [name, write] of fields) {
    reply.bulkText(name)
    write()
  }
}

function replyArguments(reply: ReplyWriter, all: readonly Argument[]): void {
  reply.array(all.length)
  for (const argument of all) replyFields(reply, fieldsOf(reply, argument))
}

function fieldsOf(reply: ReplyWriter, argument: Argument): Field[] {
  const text = (value: string) => (): void => reply.bulkText(value)
  const { type, keySpec, token, since, deprecatedSince } = argument
  const fields: Field[] = [
    ['name', text(argument.name)],
    ['type', text(type)],
  ]
  if (keySpec !== null) fields.push(['key_spec_index', () => reply.integer(keySpec)])
  if (token !== null) fields.push(['token', text(token)])
  if (since !== null) fields.push(['since', text(since)])
  if (deprecatedSince !== null) fields.push(['deprecated_since', text(deprecatedSince)])
  const flags = [
    ...(argument.optional ? ['optional'] : []),
    ...(argument.multiple ? ['multiple'] : []),
    ...(argument.multipleToken ? ['multiple_token'] : []),
  ]
  if (flags.length > 0) fields.push(['flags', () => replySet(reply, flags)])
  if (type === 'oneof' || type === 'block') {
    fields.push(['arguments', () => replyArguments(reply, argument.arguments)])
  }
  return fields
}

function replyHistory(reply: ReplyWriter, history: readonly (readonly [string, string])[]): void {
  reply.set(history.length)
  for (const [version, change] of history) {
    reply.array(2)
    reply.bulkText(version)
    reply.bulkText(change)
  }
}

function replySubcommands(reply: ReplyWriter, { subcommands }: Command): void {
  const all = [...(subcommands?.values() ?? [])]
  reply.map(all.length)
  for (const subcommand of all) {
    reply.bulkText(subcommand.fullName)
    replyDocs(reply, subcommand)
  }
}
