/** A route that cannot be: one line that says what to write instead. */
export class RouteError extends Error {
  override readonly name = 'RouteError'
}
