import { adjustments, anyOf, directory, percentiles } from '../composite-kinds.js'
import { bool, integer, oneOf, text } from '../kinds.js'
import { limits } from '../numbers.js'
import { refuseTitleTemplate } from '../title.js'
import { accepted, done } from './directive.js'

const fixed = { immutable: true }
const oneThread = { because: 'commands run on one thread' }
const noBackground = { ...fixed, because: 'threads are not pinned to processors' }
const noSyslog = { ...fixed, because: 'the log goes to standard output or to logfile' }

const onSignal = () =>
  anyOf('default', ['save', 'nosave', 'now', 'force'], (chosen) =>
    chosen.has('save') && chosen.has('nosave')
      ? "shutdown options SAVE and NOSAVE can't be used simultaneously"
      : undefined,
  )

/** The process, its log and what it measures. */
export const processDirectives = {
  daemonize: accepted(bool(false), {
    ...fixed,
    because: 'truedis stays in the foreground; let systemd, Docker or nohup keep it',
  }),
  supervised: accepted(oneOf('no', ['upstart', 'systemd', 'auto', 'no']), {
    ...fixed,
    because: 'readiness is said in the log only; in a systemd unit use Type=simple',
  }),
  pidfile: done(text(), fixed),
  dir: done(directory(), { protected: true, notWhileLoading: true }),
  loglevel: done(oneOf('notice', ['debug', 'verbose', 'notice', 'warning'])),
  logfile: done(text('', { emptyIsNone: false }), fixed),
  'syslog-enabled': accepted(bool(false), noSyslog),
  'syslog-ident': accepted(text('redis'), noSyslog),
  'syslog-facility': accepted(
    oneOf('local0', ['user', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7']),
    noSyslog,
  ),
  'crash-log-enabled': done(bool(true)),
  'crash-memcheck-enabled': accepted(bool(true)),
  'use-exit-on-panic': accepted(bool(false), { hidden: true }),
  'always-show-logo': accepted(bool(false), { ...fixed, because: 'there is no logo' }),
  'set-proc-title': done(bool(true), fixed),
  'proc-title-template': done(text('{title} {listen-addr} {server-mode}', { refuse: refuseTitleTemplate })),
  'shutdown-timeout': done(integer(10)),
  'shutdown-on-sigint': done(onSignal()),
  'shutdown-on-sigterm': done(onSignal()),

  hz: done(integer(10, { clamp: [1n, 500n] })),
  'dynamic-hz': accepted(bool(true)),
  'io-threads': accepted(integer(1, { min: 1, max: 128n }), { ...fixed, ...oneThread }),
  'io-threads-do-reads': accepted(bool(false), { ...fixed, ...oneThread }),
  server_cpulist: accepted(text(), noBackground),
  bio_cpulist: accepted(text(), noBackground),
  aof_rewrite_cpulist: accepted(text(), noBackground),
  bgsave_cpulist: accepted(text(), noBackground),
  'oom-score-adj': done(oneOf('no', ['no', 'yes', 'relative', 'absolute'], { relative: 'yes' })),
  'oom-score-adj-values': done(
    adjustments([0, 200, 800], {
      min: -2000n,
      max: 2000n,
      refusal: 'Invalid oom-score-adj-values, elements must be between -2000 and 2000.',
    }),
  ),
  'disable-thp': accepted(bool(true), fixed),
  'jemalloc-bg-thread': accepted(bool(true)),
  'ignore-warnings': accepted(text('', { emptyIsNone: false })),
  'busy-reply-threshold': accepted(integer(5000, { max: limits.long }), {
    alias: 'lua-time-limit',
    because: 'there are no scripts',
  }),
  'watchdog-period': accepted(integer(0), { hidden: true }),

  'slowlog-log-slower-than': done(integer(10_000, { min: -1, max: limits.long })),
  'slowlog-max-len': done(integer(128, { max: limits.long })),
  'origin-slowlog-slower-than': done(integer(100_000, { min: -1, max: limits.long }), { hidden: true }),
  'origin-slowlog-max-len': done(integer(128, { max: limits.long }), { hidden: true }),
  'latency-monitor-threshold': done(integer(0, { max: limits.long })),
  'latency-tracking': done(bool(true)),
  'latency-tracking-info-percentiles': done(percentiles([50, 99, 99.9], 'latency-tracking-info-percentiles')),
}
