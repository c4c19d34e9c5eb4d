import { Slice } from '../../base/index.js'
import type { Command, Commands } from '../../command/index.js'

/** The command that `name` means, `container|subcommand` included, or null. */
export function findByName(commands: Commands, name: Slice): Command | null {
  const parts = name.toLatin1().split('|')
  if (parts.length > 2) return null
  const [first, second] = parts.map((part) => Slice.from(Buffer.from(part, 'latin1')))
  const found = commands.find(first)
  if (second === undefined) return found
  return found === null || found.subcommands === null ? null : commands.resolve(first, second)
}
