/** The same for programs of ES modules. */
import './tracing.cjs';
