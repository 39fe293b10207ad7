/** The parts of an HTTPHandler, which loads them when it is created. */
export { fixedHeaders, httpTarget } from './http-target';
export { BODY_FRAMES, HttpTransport } from './http-transport';
export { recordDict, urlEncoded } from './record-dict';
