/** `import 'nestjs-hindsight'`: the same as `require` gives, with the copy of Nest that ES modules import. */
import './nest/import-nest.mjs';
export * from './index.js';
