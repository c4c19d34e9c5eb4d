import { perform, type Dialogue } from '../stage.js'

const notAllowed = (name: string, directive: string): string =>
  `-ERR ${name} command not allowed. If the ${directive} option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.\r\n`
const refused = notAllowed('MODULE', 'enable-module-command')
const queued = '+QUEUED\r\n'
const aborted = '-EXECABORT Transaction discarded because of previous errors.\r\n'
const notLoaded = '-ERR Error loading the extension. Please check the server logs.\r\n'

const always: Record<string, Dialogue> = {
  'there are no modules to list': [
    ['MODULE LIST', '*0\r\n'],
    ['module list x', "-ERR wrong number of arguments for 'module|list' command\r\n"],
    ['MODULE', "-ERR wrong number of arguments for 'module' command\r\n"],
    ['MODULE FOO', "-ERR unknown subcommand 'FOO'. Try MODULE HELP.\r\n"],
  ],
}

const forbidden: Record<string, Dialogue> = {
  'what would load or unload a module is refused, after its arity': [
    ['MODULE LOAD', "-ERR wrong number of arguments for 'module|load' command\r\n"],
    ['MODULE LOAD /module.so', refused],
    ['MODULE LOADEX /module.so', refused],
    ['MODULE UNLOAD name', refused],
  ],
  'a command that nobody permits is not queued, and the transaction is off': [
    ['MULTI', '+OK\r\n'],
    ['MODULE LIST', queued],
    ['MODULE UNLOAD name', refused],
    ['EXEC', aborted],
    ['MULTI', '+OK\r\n'],
    ['DEBUG SLEEP 0', notAllowed('DEBUG', 'enable-debug-command')],
    ['EXEC', aborted],
  ],
}

const permitted: Record<string, Dialogue> = {
  'who may load modules is told that it cannot be done': [
    ['MODULE LOAD /module.so argument', notLoaded],
    ['MODULE LOADEX /module.so CONFIG a b ARGS c', notLoaded],
    ['MODULE UNLOAD name', '-ERR Error unloading module: no such module with that name\r\n'],
  ],
}

describe('MODULE', () => perform({ ...always, ...forbidden }, { enableDebugCommand: 'no' }))
describe('MODULE that is permitted', () => perform({ ...always, ...permitted }, { enableModuleCommand: 'local' }))
