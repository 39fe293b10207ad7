/** The same file for ES modules. */
import './tracing.cjs';
