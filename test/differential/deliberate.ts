/** A reply that differs from Redis 7.0.15's on purpose. */
export interface DeliberateDifference {
  /** One command, with its subcommand where it has one. */
  readonly command: string
  /** The one condition, on the request's words. */
  when(words: readonly string[]): boolean
  readonly reason: string
  /** A request that shows the difference: the tests fail when it no longer does. */
  readonly example: string
}

const word = (words: readonly string[], index: number): string => (words[index] ?? '').toLowerCase()

/** At most 20, each one command and one condition. */
export const deliberate: readonly DeliberateDifference[] = [
  {
    command: 'SET',
    when: (words) => words.slice(3).some((option) => /^if(d?eq|d?ne)$/i.test(option)),
    reason: 'compare-and-set in one command: Valkey has it since 8.1, Redis since 8.4',
    example: 'SET k v IFEQ other',
  },
  {
    command: 'CLIENT SETINFO',
    when: (words) => words.length === 4 && ['lib-name', 'lib-ver'].includes(word(words, 2)),
    reason: 'clients of today name themselves by it when they connect; Redis has it since 7.2',
    example: 'CLIENT SETINFO lib-name truedis',
  },
  {
    command: 'CLIENT NO-TOUCH',
    when: (words) => words.length === 3 && ['on', 'off'].includes(word(words, 2)),
    reason: 'tools that look without touching ask for it; Redis has it since 7.2',
    example: 'CLIENT NO-TOUCH on',
  },
  {
    command: 'ZRANK',
    when: (words) => words.length === 4,
    reason: 'leaderboards show the score beside the rank: WITHSCORE; Redis has it since 7.2',
    example: 'ZRANK missing member WITHSCORE',
  },
  {
    command: 'ZREVRANK',
    when: (words) => words.length === 4,
    reason: 'as ZRANK, from the other end; Redis has it since 7.2',
    example: 'ZREVRANK missing member WITHSCORE',
  },
  {
    command: 'CLIENT KILL',
    when: (words) => words.some((text) => text.toLowerCase() === 'maxage'),
    reason: 'pools close old connections by it; Redis has it since 7.4',
    example: 'CLIENT KILL MAXAGE 1000000',
  },
  {
    command: 'CLIENT HELP',
    when: (words) => words.length === 2,
    reason: 'it explains the subcommands that are there, SETINFO, NO-TOUCH and NO-ORIGIN too',
    example: 'CLIENT HELP',
  },
]
