import { deliberate } from './deliberate.js'
import type { Reply } from '../support/resp-frames.js'

/** How two replies that differ in their bytes may still be the same, and why bytes cannot be asked for. */
export interface Rule {
  readonly why: string
  same(redis: Reply, subject: Reply, words: readonly string[]): boolean
}

/** Clocks of two processes are read at different moments: this far apart two times still count as one. */
const driftSeconds = 10

const canonical = (reply: Reply): string => JSON.stringify(reply)

function sorted(items: readonly Reply[] | null): string {
  return (items ?? []).map(canonical).sort().join('\n')
}

function sortedPairs(items: readonly Reply[] | null): string {
  const all = items ?? []
  const pairs: string[] = []
  for (let i = 0; i < all.length; i += 2)
    pairs.push(
      all
        .slice(i, i + 2)
        .map(canonical)
        .join(' '),
    )
  return pairs.sort().join('\n')
}

const sameSort = (redis: Reply, subject: Reply): boolean =>
  redis.kind === subject.kind && redis.text === subject.text && sorted(redis.items) === sorted(subject.items)

const samePairs = (redis: Reply, subject: Reply): boolean =>
  redis.kind === subject.kind && sortedPairs(redis.items) === sortedPairs(subject.items)

/** The kinds and counts of a reply without its bytes. */
function skeleton(reply: Reply): string {
  if (reply.items === null) return reply.text === null && '$*_'.includes(reply.kind) ? `${reply.kind}nil` : reply.kind
  return `${reply.kind}[${reply.items.map(skeleton).join('')}]`
}

const sameSkeleton = (redis: Reply, subject: Reply): boolean => skeleton(redis) === skeleton(subject)

function near(most: number): Rule['same'] {
  return (redis, subject) => {
    const [one, other] = [Number(redis.text), Number(subject.text)]
    return redis.kind === ':' && subject.kind === ':' && one >= 0 && other >= 0 && Math.abs(one - other) <= most
  }
}

/** A whole scan in one reply: cursors must agree, and they do when both are 0. */
function sameScan(items: (items: readonly Reply[] | null) => string): Rule['same'] {
  return (redis, subject) => {
    const [one, other] = [redis.items ?? [], subject.items ?? []]
    if (one.length !== 2 || other.length !== 2) return false
    return canonical(one[0]) === canonical(other[0]) && items(one[1].items) === items(other[1].items)
  }
}

/** Text with every match of `pattern` blotted out. */
const sameBut =
  (pattern: RegExp): Rule['same'] =>
  (redis, subject) =>
    redis.kind === subject.kind && redis.text?.replace(pattern, '_') === subject.text?.replace(pattern, '_')

/** Fields of INFO about what Truedis is not made of: C, a compiler, threads of its own. */
const fieldsOfC = ['atomicvar_api', 'gcc_version', 'used_cpu_sys_main_thread', 'used_cpu_user_main_thread']

/** Sections whose fields are commands, errors and databases: statistics.test.ts compares those with their counts. */
const countingSections = ['Commandstats', 'Errorstats', 'Latencystats', 'Keyspace']

/** Names of the fields by section, in order. */
function sectionsOf(reply: Reply): Map<string, readonly string[]> {
  const sections = (reply.text ?? '').split('# ').slice(1)
  return new Map(
    sections.map((section) => {
      const [title, ...lines] = section.trimEnd().split('\r\n')
      return [title, countingSections.includes(title) ? [] : lines.map((line) => line.split(':')[0])]
    }),
  )
}

/** Whether every section and field that Redis shows is there, sections in the same order. Truedis has more of both. */
function sameInfo(redis: Reply, subject: Reply): boolean {
  const [wanted, shown] = [sectionsOf(redis), sectionsOf(subject)]
  const order = [...shown.keys()].filter((title) => wanted.has(title))
  const isThere = ([title, fields]: [string, readonly string[]]): boolean =>
    fields.every((field) => fieldsOfC.includes(field) || shown.get(title)?.includes(field))
  return redis.kind === subject.kind && [...wanted.keys()].join() === order.join() && [...wanted].every(isThere)
}

/** Fields of a CLIENT LIST line whose values do not depend on the process or the moment. */
const stableClientFields = ['name', 'db', 'sub', 'psub', 'multi', 'cmd', 'user', 'redir', 'resp', 'flags']

function sameClients(redis: Reply, subject: Reply): boolean {
  const shape = (reply: Reply): string =>
    (reply.text ?? '')
      .split('\n')
      .map((line) =>
        line
          .split(' ')
          .map((field) => (stableClientFields.includes(field.split('=')[0]) ? field : field.split('=')[0]))
          .join(' '),
      )
      .join('\n')
  return redis.kind === subject.kind && shape(redis) === shape(subject)
}

/** The names of the figures, in order, and the kinds of their values. */
const sameMemoryStats = (redis: Reply, subject: Reply): boolean => {
  const names = (reply: Reply): string => [...dictionary(reply).keys()].join()
  return names(redis) === names(subject) && sameSkeleton(redis, subject)
}

/** A map or flat list as a dictionary from its keys' text. */
function dictionary(reply: Reply): Map<string, Reply> {
  const all = reply.items ?? []
  const map = new Map<string, Reply>()
  for (let i = 0; i + 1 < all.length; i += 2) map.set(all[i].text ?? '', all[i + 1])
  return map
}

function sameHello(redis: Reply, subject: Reply): boolean {
  const [one, other] = [dictionary(redis), dictionary(subject)]
  for (const map of [one, other]) map.set('id', { kind: ':', text: 'id', items: null })
  return redis.kind === subject.kind && canonicalMap(one) === canonicalMap(other)
}

const canonicalMap = (map: Map<string, Reply>): string =>
  [...map].map(([key, value]) => `${key} ${canonical(value)}`).join('\n')

/** Fields of COMMAND DOCS that are prose, and so our own words. */
const prose = ['summary', 'complexity']

/** Whether a version is of a release after Redis 7.0, of whose commands and options Truedis has some. */
const isLater = (version: string): boolean => !/^[0-6]\.|^7\.0\./.test(version)

/** A list of arguments, with theirs, without those that came after Redis 7.0. */
function ofRedis7(reply: Reply): Reply {
  if (reply.items === null) return reply
  const items = reply.items.filter((item) => !isLater(dictionary(item).get('since')?.text ?? '7.0.0'))
  return { ...reply, items: items.map(ofRedis7) }
}

/** What an entry of COMMAND DOCS says besides its prose: of a history the versions, of subcommands those that both have. */
function docFacts(doc: Reply, other: Reply | undefined): string {
  const theirs = other === undefined ? new Map<string, Reply>() : dictionary(other)
  const facts = [...dictionary(doc)].map(([field, value]) => {
    if (prose.includes(field)) return `${field} ${value.text !== null}`
    if (field === 'history') {
      const versions = value.items?.map(({ items }) => items?.[0].text ?? '')
      return `${field} ${versions?.filter((version) => !isLater(version)).join()}`
    }
    if (field === 'arguments') return `${field} ${unorderedSets(ofRedis7(value))}`
    if (field !== 'subcommands') return `${field} ${unorderedSets(value)}`
    return `${field} ${tableFacts(value, theirs.get(field))}`
  })
  return facts.sort().join('\n')
}

/** Commands that take more than Redis 7.0's: ZRANK's WITHSCORE is of 7.2. Arity and arguments are not compared. */
const widened = new Set(['zrank', 'zrevrank'])

function tableFacts(table: Reply, other: Reply | undefined): string {
  const theirs = other === undefined ? new Map<string, Reply>() : dictionary(other)
  return [...dictionary(table)]
    .filter(([name]) => theirs.has(name) && !widened.has(name))
    .map(([name, doc]) => `${name}: ${docFacts(doc, theirs.get(name))}`)
    .sort()
    .join('\n')
}

/** Which names are answered is compared where names were given; without them it tells of all commands there are. */
function sameDocs(redis: Reply, subject: Reply, words: readonly string[]): boolean {
  const names = (reply: Reply): string => [...dictionary(reply).keys()].sort().join()
  if (redis.kind !== subject.kind || (words.length > 2 && names(redis) !== names(subject))) return false
  return tableFacts(redis, subject) === tableFacts(subject, redis)
}

/** Flags and categories are sets: under RESP2 they come as lists whose order says nothing, and so do subcommands. */
function unorderedSets(reply: Reply): string {
  if (reply.items === null) return canonical(reply)
  const items = reply.items.map(unorderedSets)
  const isSet = reply.kind === '~' || (reply.items.length > 0 && reply.items.every(({ kind }) => kind === '+'))
  const isTable = reply.items.every(({ kind }) => kind === '*')
  return `${reply.kind}[${(isSet || isTable ? items.sort() : items).join(' ')}]`
}

/** Every command that both have is described alike; Truedis lacks those of later releases and has some of its own. */
function sameCommandTable(redis: Reply, subject: Reply): boolean {
  const byName = (reply: Reply): Map<string, string> =>
    new Map((reply.items ?? []).map((entry) => [entry.items?.[0].text ?? '', unorderedSets(withoutSubcommands(entry))]))
  const [known, shown] = [byName(redis), byName(subject)]
  return (
    redis.kind === subject.kind &&
    shown.size > 50 &&
    [...shown].every(([name, entry]) => (known.get(name) ?? entry) === entry || widened.has(name))
  )
}

/** Named commands are described alike to the last field; without names, as in sameCommandTable. */
function sameCommandEntries(redis: Reply, subject: Reply, words: readonly string[]): boolean {
  if (words.length === 2) return sameCommandTable(redis, subject)
  const items = (reply: Reply): string[] =>
    (reply.items ?? []).filter(({ items }) => !widened.has(items?.[0].text ?? '')).map(unorderedSets)
  return redis.kind === subject.kind && items(redis).join() === items(subject).join()
}

/** Commands of later releases, of Redis or Valkey, that Truedis has too. */
const laterCommands = new Set([
  ...['delex', 'delifeq', 'digest', 'msetex', 'xackdel', 'xdelex'],
  ...['hexpire', 'hpexpire', 'hexpireat', 'hpexpireat', 'httl', 'hpttl', 'hexpiretime', 'hpexpiretime', 'hpersist'],
  ...['hgetex', 'hsetex', 'hgetdel', 'waitaof'],
])

/** With a filter the names must be the same, but for later commands; without one, as in sameCommandTable. */
function sameCommandNames(redis: Reply, subject: Reply, words: readonly string[]): boolean {
  const items = subject.items?.filter(({ text }) => !laterCommands.has(text ?? '')) ?? null
  if (words.length > 2) return sameSort(redis, { ...subject, items })
  return redis.kind === subject.kind && (subject.items ?? []).length > 50
}

/** An entry of COMMAND without the last of its ten fields, which lists subcommands. */
const withoutSubcommands = (entry: Reply): Reply => ({ ...entry, items: entry.items?.slice(0, 9) ?? null })

/**
 * Commands that are not counted alike: those of which a call is refused here or there only; CLIENT LIST, by which the tests
 * ask until a client waits; and what may wait, since a moment decides whether it does.
 */
const countedApart = new Set([
  ...deliberate.map(({ command }) => command.toLowerCase().replace(' ', '|')),
  ...['client|list', 'blmove', 'blmpop', 'blpop', 'brpop', 'brpoplpush', 'bzmpop', 'bzpopmax', 'bzpopmin'],
  ...['xread', 'xreadgroup'],
])

/** The same commands with the same numbers of calls: how long each took is another matter. */
function sameHistograms(redis: Reply, subject: Reply): boolean {
  const facts = (reply: Reply): string =>
    [...dictionary(reply)]
      .filter(([name]) => !countedApart.has(name))
      .map(([name, entry]) => `${name} ${[...dictionary(entry).keys()].join()} ${dictionary(entry).get('calls')?.text}`)
      .sort()
      .join('\n')
  return redis.kind === subject.kind && facts(redis) === facts(subject)
}

/** Takes the times out of a reply: what stands under one of `fields`, and the last but one of each pending entry. */
function withoutTimes(reply: Reply, fields: readonly string[], times: number[], isPending = false): Reply {
  if (reply.items === null) return reply
  const { length } = reply.items
  const items = reply.items.map((item, i) => {
    const name = i % 2 === 1 ? (reply.items?.[i - 1].text ?? '') : ''
    if (item.kind === ':' && (fields.includes(name) || (isPending && i === length - 2))) {
      times.push(Number(item.text))
      return { ...item, text: null }
    }
    return withoutTimes(item, fields, times, name === 'pending' || (isPending && item.items !== null))
  })
  return { ...reply, items }
}

/** The same but for times, which are milliseconds and near each other. */
function sameButTimes(fields: readonly string[], isPending = false): Rule['same'] {
  return (redis, subject) => {
    const [one, other]: [number[], number[]] = [[], []]
    const [left, right] = [withoutTimes(redis, fields, one, isPending), withoutTimes(subject, fields, other, isPending)]
    const isNear = one.every((time, i) => Math.abs(time - other[i]) <= driftSeconds * 1000)
    return canonical(left) === canonical(right) && one.length === other.length && isNear
  }
}

const unordered = 'a hash table has no order that clients may count on, and ours is not Redis’s'
const chance = 'the reply is drawn by lot'
const process = 'the reply tells of the process and the moment'
const moment = 'the two servers read their clocks at different moments'

const drift: Rule = { why: moment, same: near(driftSeconds) }
const driftMs: Rule = { why: moment, same: near(driftSeconds * 1000) }

/** SORT of what has no order by what gives it none: `BY unordered`, as the scripts and the generator write it. */
function sameSorted(redis: Reply, subject: Reply, words: readonly string[]): boolean {
  return words.includes('unordered') ? sameSort(redis, subject) : canonical(redis) === canonical(subject)
}

/** A string is dumped alike to the byte; what holds elements in an order of its own is not. */
function sameDump(redis: Reply, subject: Reply): boolean {
  return redis.text?.startsWith('\0') === true ? canonical(redis) === canonical(subject) : sameSkeleton(redis, subject)
}

/** One rule for one command; a command without one is compared byte for byte. */
const rules: Readonly<Record<string, Rule>> = {
  KEYS: { why: unordered, same: sameSort },
  HKEYS: { why: unordered, same: sameSort },
  HVALS: { why: unordered, same: sameSort },
  HGETALL: { why: unordered, same: samePairs },
  SMEMBERS: { why: unordered, same: sameSort },
  SINTER: { why: unordered, same: sameSort },
  SUNION: { why: unordered, same: sameSort },
  SDIFF: { why: unordered, same: sameSort },
  SPOP: { why: unordered, same: sameSort }, // of whole sets: nothing else can be compared
  SORT: { why: unordered, same: sameSorted },
  SORT_RO: { why: unordered, same: sameSorted },
  SSCAN: { why: unordered, same: sameScan(sorted) },
  SCAN: { why: unordered, same: sameScan(sorted) },
  ZSCAN: { why: unordered, same: sameScan(sortedPairs) },
  HSCAN: { why: unordered, same: sameScan(sortedPairs) },
  'CONFIG GET': { why: unordered, same: samePairs },
  COMMAND: { why: 'commands of later releases are missing, ORIGIN is ours', same: sameCommandTable },
  'COMMAND LIST': { why: unordered, same: sameCommandNames },
  'COMMAND INFO': { why: unordered, same: sameCommandEntries },
  'COMMAND DOCS': { why: 'its texts are our own words', same: sameDocs },
  'COMMAND COUNT': { why: 'commands of later releases are missing, ORIGIN is ours', same: sameSkeleton },
  RANDOMKEY: { why: chance, same: sameSkeleton },
  HRANDFIELD: { why: chance, same: sameSkeleton },
  SRANDMEMBER: { why: chance, same: sameSkeleton },
  ZRANDMEMBER: { why: chance, same: sameSkeleton },
  LOLWUT: { why: chance, same: sameBut(/^[^]*?(?=Redis ver\.)/) },
  DUMP: { why: unordered, same: sameDump },
  LASTSAVE: { why: process, same: sameSkeleton },
  TTL: drift,
  PTTL: driftMs,
  EXPIRETIME: drift,
  PEXPIRETIME: driftMs,
  'OBJECT IDLETIME': { why: 'Redis has one object, with one time of access, for all that hold 7', same: sameSkeleton },
  XPENDING: { why: moment, same: sameButTimes([], true) },
  'XINFO CONSUMERS': { why: moment, same: sameButTimes(['idle']) },
  'XINFO STREAM': { why: moment, same: sameButTimes(['seen-time']) },
  TIME: { why: moment, same: sameSkeleton },
  INFO: { why: process, same: sameInfo },
  HELLO: { why: process, same: sameHello },
  'CLIENT ID': { why: process, same: sameSkeleton },
  'CLIENT INFO': { why: process, same: sameClients },
  'CLIENT LIST': { why: process, same: sameClients },
  'LATENCY DOCTOR': { why: 'its texts are our own words', same: sameSkeleton },
  'LATENCY GRAPH': { why: moment, same: sameBut(/\d+/g) },
  'LATENCY HISTOGRAM': { why: moment, same: sameHistograms },
  'LATENCY HISTORY': { why: moment, same: sameSkeleton },
  'LATENCY LATEST': { why: moment, same: sameSkeleton },
  'MEMORY USAGE': { why: process, same: sameSkeleton },
  'MEMORY STATS': { why: process, same: sameMemoryStats },
  'MEMORY DOCTOR': { why: 'the report tells of the process, in our own words', same: sameSkeleton },
  'MEMORY MALLOC-STATS': { why: 'it describes the allocator, which is ours', same: sameSkeleton },
  'SLOWLOG GET': { why: process, same: sameSkeleton },
  'DEBUG OBJECT': {
    why: process,
    same: sameBut(/0x[0-9a-f]+|(?<=serializedlength:|lru:|lru_seconds_idle:|ql_\w+:)-?[\d.]+/g),
  },
}

export function ruleFor(command: string): Rule | undefined {
  return rules[command]
}
