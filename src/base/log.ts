/** Where the server writes what its owner should know, by Redis's levels. Never a secret. */
export interface Log {
  debug(text: string): void
  verbose(text: string): void
  notice(text: string): void
  warning(text: string): void
}

/** For callers that want to hear nothing: embedded servers, tests. */
export const silentLog: Log = {
  debug: () => {},
  verbose: () => {},
  notice: () => {},
  warning: () => {},
}
