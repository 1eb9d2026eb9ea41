import { eventChannel, type HybridEvent } from '@org/storage-core';

const events = eventChannel('org.storage.hybrid');

export function publish(event: HybridEvent): void {
  if (events.hasSubscribers) events.publish(event);
}
