/** Classes of keyspace events by the letters of `notify-keyspace-events`, as bits. */
export const EventClass = {
  generic: 1,
  string: 2,
  list: 4,
  set: 8,
  hash: 16,
  sortedSet: 32,
  stream: 64,
  expired: 128,
  evicted: 256,
  /** Events of modules; none here. */
  module: 512,
  /** Not part of `A`. */
  miss: 1024,
  new: 2048,
  /** Where events are told: on `__keyspace@<db>__:<key>` and on `__keyevent@<db>__:<event>`. */
  keyspace: 4096,
  keyevent: 8192,
} as const

const letters: Readonly<Record<string, number>> = {
  g: EventClass.generic,
  $: EventClass.string,
  l: EventClass.list,
  s: EventClass.set,
  h: EventClass.hash,
  z: EventClass.sortedSet,
  t: EventClass.stream,
  x: EventClass.expired,
  e: EventClass.evicted,
  d: EventClass.module,
  m: EventClass.miss,
  n: EventClass.new,
  K: EventClass.keyspace,
  E: EventClass.keyevent,
  A: 1023,
}

/** The classes that the letters name. */
export const eventClasses = (text: string): number =>
  [...text].reduce((bits, letter) => bits | (letters[letter] ?? 0), 0)

/** Every event by its class, which is the one place that knows both. @see redis 7.0.15, notifyKeyspaceEvent's callers */
const byClass: readonly (readonly [eventClass: number, events: string])[] = [
  [EventClass.generic, 'del expire persist rename_from rename_to move_from move_to copy_to restore'],
  [EventClass.string, 'set setrange append incrby incrbyfloat setbit pfadd'],
  [EventClass.list, 'lpush rpush lpop rpop linsert lset lrem ltrim sortstore'],
  [EventClass.set, 'sadd srem spop sinterstore sunionstore sdiffstore'],
  [EventClass.hash, 'hset hdel hincrby hincrbyfloat hexpire hexpired hpersist'],
  [EventClass.sortedSet, 'zadd zincr zrem zremrangebyscore zremrangebyrank zremrangebylex zpopmin zpopmax'],
  [EventClass.sortedSet, 'zinterstore zunionstore zdiffstore zrangestore geosearchstore georadiusstore'],
  [EventClass.stream, 'xadd xdel xtrim xsetid xgroup-create xgroup-createconsumer xgroup-delconsumer'],
  [EventClass.stream, 'xgroup-destroy xgroup-setid'],
  [EventClass.expired, 'expired'],
  [EventClass.evicted, 'evicted'],
  [EventClass.miss, 'keymiss'],
  [EventClass.new, 'new'],
]

const classes = new Map(byClass.flatMap(([bits, events]) => events.split(' ').map((event) => [event, bits] as const)))

/** The class of an event; generic where the table has none. */
export const classOf = (event: string): number => classes.get(event) ?? EventClass.generic
