import { readFileSync } from 'node:fs'

const place = new URL('../../../src/origin/stores/CHANGES.md', import.meta.url)

/** The SQL that the documentation gives in the section whose title starts so, word for word. */
export function documentedSql(title: string): string {
  const section = readFileSync(place, 'utf8')
    .split(/^## /m)
    .find((part) => part.startsWith(title))
  const sql = /```sql\n([\s\S]*?)```/.exec(section ?? '')?.[1]
  if (sql === undefined) throw new Error(`CHANGES.md has no SQL under '${title}'`)
  return sql
}
