/** Sets what the key `.` of a handler lists: attributes of the object that was made. */
import type { Handler } from '../core/handler';
import { isPlainObject } from '../internal/foreign';
import type { ConfigPlace } from './config-place';

/** They belong to JavaScript: data must not reach them. */
const RESERVED: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/**
 * Sets each attribute. Methods are not attributes: data must not replace code.
 *
 * @throws ConfigurationError for a method, and for what the handler refuses.
 */
export function setAttributes(handler: Handler, attributes: unknown, place: ConfigPlace): void {
  if (attributes === undefined || attributes === null) return;
  if (!isPlainObject(attributes)) throw place.mustBe('an object of attributes', attributes);
  for (const [name, value] of Object.entries(attributes)) {
    const present: unknown = Reflect.get(handler, name);
    if (RESERVED.includes(name) || typeof present === 'function') {
      throw place.at(name).error('is no attribute that a configuration may set.');
    }
    let isSet = false;
    try {
      isSet = Reflect.set(handler, name, value);
    } catch (error) {
      throw place.at(name).failed(error);
    }
    if (!isSet) throw place.at(name).error('can only be read.');
  }
}
