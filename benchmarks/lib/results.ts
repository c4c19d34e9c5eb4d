import type { Machine } from './machine.js'
import type { Report, Verdict } from './report.js'

/** The parts of RESULTS.md that a run replaces or keeps, by name. */
export interface Results {
  readonly sections: ReadonlyMap<string, string>
  /** Written by hand, kept as it is. */
  readonly whyMissed: string
}

const emptyWhyMissed = 'One line each for what is marked missed above.'

/** Reads what stands between the markers of an earlier RESULTS.md; nothing of an empty text. */
export function readResults(text: string): Results {
  const sections = new Map<string, string>()
  for (const [, name, body] of text.matchAll(/<!-- bench:(\S+) -->\n([\s\S]*?)\n<!-- \/bench:\1 -->/g)) {
    sections.set(name, body)
  }
  const whyMissed = /<!-- why-missed -->\n([\s\S]*?)\n<!-- \/why-missed -->/.exec(text)
  return { sections, whyMissed: whyMissed?.[1] ?? emptyWhyMissed }
}

/** The whole of RESULTS.md, sections in the order of `names`. */
export function renderResults({ sections, whyMissed }: Results, names: readonly string[]): string {
  const marked = names
    .filter((name) => sections.has(name))
    .map((name) => `<!-- bench:${name} -->\n${sections.get(name)}\n<!-- /bench:${name} -->`)
  return `# Results

Printed by \`npm run bench -- --write\` and not edited by hand, but for the last section. Ratios are to redis-server in
the same run, its runs and ours interleaved (A B B A); medians with the smallest and largest round.

${marked.join('\n\n')}

## Why missed

<!-- why-missed -->
${whyMissed}
<!-- /why-missed -->
`
}

/** One question's section: when and where, the tables, the command lines. */
export function renderSection(report: Report, { machine, versions, date, commit }: Machine, rounds: number): string {
  const lines = [
    `## ${report.title}`,
    `${date}, commit ${commit}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}. ${versions}. ${machine}.`,
    report.toMarkdown(),
    showVerdicts(report.verdicts),
  ]
  if (report.commands.size > 0) lines.push(showCommands([...report.commands]))
  return lines.filter((line) => line !== '').join('\n\n')
}

/** Every line that was run, folded away: there are many, and they differ by a number. */
function showCommands(commands: readonly string[]): string {
  return `<details><summary>Command lines</summary>\n\n\`\`\`\n${commands.join('\n')}\n\`\`\`\n\n</details>`
}

/** How many targets were reached, and by name those that were not. */
export function showVerdicts(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return ''
  const missed = verdicts.filter(({ mark }) => mark === 'missed')
  const stretched = verdicts.filter(({ mark }) => mark === 'stretch').length
  const summary = `${verdicts.length - missed.length} of ${verdicts.length} targets met, ${stretched} of them at the stretch.`
  if (missed.length === 0) return summary
  return `${summary} Missed:\n\n${missed.map(({ what, shown }) => `- ${what}: ${shown}`).join('\n')}`
}

/** Targets that were missed and that no line written by hand names. */
export function unexplained(verdicts: readonly Verdict[], whyMissed: string): string[] {
  return verdicts.filter(({ mark, what }) => mark === 'missed' && !whyMissed.includes(what)).map(({ what }) => what)
}
