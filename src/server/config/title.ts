/** What a process title may name, as `proc-title-template` has it. */
export interface TitleParts {
  readonly title: string
  readonly listenAddress: string
  readonly configFile: string
  readonly port: number
  readonly unixSocket: string
}

/**
 * Fills `{title} {listen-addr} {server-mode}` and the like in; `{{` is a brace.
 *
 * @returns undefined for a template with an unknown name or an open brace
 */
export function processTitle(template: string, parts: TitleParts): string | undefined {
  const values: Readonly<Record<string, string>> = {
    title: parts.title,
    'listen-addr': parts.listenAddress,
    'server-mode': '',
    'config-file': parts.configFile === '' ? '-' : parts.configFile,
    port: String(parts.port),
    'tls-port': '0',
    unixsocket: parts.unixSocket,
  }
  let known = true
  const filled = template.replace(/\{\{|\{([^}]*)(\}?)/g, (match, name: string | undefined, close: string) => {
    if (name === undefined) return '{'
    if (close === '' || !Object.hasOwn(values, name)) known = false
    return values[name] ?? match
  })
  return known ? filled.replace(/^ +| +$/g, '') : undefined
}

const example = { title: '', listenAddress: '127.0.0.1:6379', configFile: '', port: 6379, unixSocket: '' }

/** Why a template will not do: it is broken, or would be empty. */
export function refuseTitleTemplate(template: string): string | undefined {
  const filled = processTitle(template, example)
  return filled === undefined || filled === '' ? 'template format is invalid or contains unknown variables' : undefined
}
